//! Content codings: which one a client takes, and making them.

use std::io::{self, Read as _};

use axum::http::{HeaderMap, HeaderValue, header};
use brotli::enc::BrotliEncoderParams;
use flate2::Compression;
use flate2::read::GzEncoder;
use segue_model::file::BROTLI_QUALITY;

/// Level of zstd: as small as [`BROTLI_QUALITY`] makes models, within a few hundredths, in less time and with 11 MB to work
/// in; above 10 that alone is 42 MB and more (`docs/benchmarks.md`).
const ZSTD_LEVEL: i32 = 9;

/// How a body is coded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// Brotli.
    Brotli,
    /// Zstandard.
    Zstd,
    /// Gzip.
    Gzip,
    /// As it is.
    Identity,
}

impl Coding {
    /// The value of `Content-Encoding`; none for a body as it is.
    #[must_use]
    pub fn header_value(self) -> Option<HeaderValue> {
        match self {
            Self::Brotli => Some(HeaderValue::from_static("br")),
            Self::Zstd => Some(HeaderValue::from_static("zstd")),
            Self::Gzip => Some(HeaderValue::from_static("gzip")),
            Self::Identity => None,
        }
    }

    /// `bytes` in this coding, as small as it is worth for what is sent many times.
    ///
    /// # Errors
    /// There is no memory for zstd to work in; otherwise none that are known, since reading and writing are in memory.
    pub fn encode(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.encode_at(bytes, BROTLI_QUALITY.into(), ZSTD_LEVEL, Compression::default())
    }

    /// `bytes` in this coding, for what is sent once.
    ///
    /// # Errors
    /// As for [`Coding::encode`].
    pub fn encode_quickly(self, bytes: &[u8]) -> io::Result<Vec<u8>> {
        self.encode_at(bytes, 2, 1, Compression::fast())
    }

    fn encode_at(self, bytes: &[u8], brotli: i32, zstd: i32, gzip: Compression) -> io::Result<Vec<u8>> {
        let mut coded = Vec::new();
        match self {
            Self::Brotli => {
                let parameters = BrotliEncoderParams { quality: brotli, size_hint: bytes.len(), ..Default::default() };
                brotli::BrotliCompress(&mut &*bytes, &mut coded, &parameters)?;
            }
            Self::Zstd => coded = zstd::bulk::compress(bytes, zstd)?,
            Self::Gzip => {
                GzEncoder::new(bytes, gzip).read_to_end(&mut coded)?;
            }
            Self::Identity => coded.extend_from_slice(bytes),
        }
        Ok(coded)
    }
}

/// What brotli coded, which has this length.
///
/// # Errors
/// It is not what brotli coded.
pub fn decode_brotli(coded: &[u8], length: usize) -> io::Result<Vec<u8>> {
    let mut decoded = Vec::with_capacity(length);
    brotli::BrotliDecompress(&mut &*coded, &mut decoded)?;
    Ok(decoded)
}

/// The codings that a client takes (RFC 9110, 12.5.3), best for it first. Equal weights are put in the order br, zstd,
/// gzip, identity. Empty when it takes none of them: then it gets the body as it is all the same.
#[must_use]
pub fn accepted(headers: &HeaderMap) -> Vec<Coding> {
    let mut weights = [None; 4];
    let mut others = None;
    let values = headers.get_all(header::ACCEPT_ENCODING).into_iter().filter_map(|value| value.to_str().ok());
    for part in values.flat_map(|value| value.split(',')) {
        let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
        let weight = parameters
            .split(';')
            .filter_map(|parameter| parameter.trim().strip_prefix(['q', 'Q'])?.trim_start().strip_prefix('='))
            .find_map(|weight| weight.trim().parse::<f32>().ok())
            .map_or(1.0, |weight| weight.clamp(0.0, 1.0));
        match name.trim().to_ascii_lowercase().as_str() {
            "br" => weights[0] = Some(weight),
            "zstd" => weights[1] = Some(weight),
            "gzip" | "x-gzip" => weights[2] = Some(weight),
            "identity" => weights[3] = Some(weight),
            "*" => others = Some(weight),
            _ => {}
        }
    }
    // What is not named is as "*" says; without "*" the body as it is remains acceptable, after everything named.
    let weights = [
        (weights[0].or(others).unwrap_or(0.0), Coding::Brotli),
        (weights[1].or(others).unwrap_or(0.0), Coding::Zstd),
        (weights[2].or(others).unwrap_or(0.0), Coding::Gzip),
        (weights[3].or(others).unwrap_or(f32::MIN_POSITIVE), Coding::Identity),
    ];
    let mut codings: Vec<(f32, Coding)> = weights.into_iter().filter(|&(weight, _)| weight > 0.0).collect();
    codings.sort_by(|left, right| right.0.total_cmp(&left.0));
    codings.into_iter().map(|(_, coding)| coding).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepted_of(value: &'static str) -> Vec<Coding> {
        accepted(&HeaderMap::from_iter([(header::ACCEPT_ENCODING, HeaderValue::from_static(value))]))
    }

    #[test]
    fn brotli_is_preferred_among_equals() {
        let all = [Coding::Brotli, Coding::Zstd, Coding::Gzip, Coding::Identity];
        assert_eq!(accepted_of("gzip, deflate, br, zstd"), all);
        assert_eq!(accepted_of("*"), all);
        assert_eq!(accepted_of("gzip, zstd"), all[1..]);
    }

    #[test]
    fn weights_decide() {
        assert_eq!(accepted_of("br;q=0.5, gzip;q=0.8"), [Coding::Gzip, Coding::Brotli, Coding::Identity]);
        assert_eq!(accepted_of("br;q=0.9, ZSTD"), [Coding::Zstd, Coding::Brotli, Coding::Identity]);
        assert_eq!(accepted_of("br; Q = 0, GZIP"), [Coding::Gzip, Coding::Identity]);
        assert_eq!(accepted_of("identity, br;q=0.9"), [Coding::Identity, Coding::Brotli]);
        assert_eq!(accepted_of("identity;q=0"), []);
        assert_eq!(accepted_of("*;q=0, gzip"), [Coding::Gzip]);
    }

    #[test]
    fn without_the_header_the_body_stays_as_it_is() {
        assert_eq!(accepted(&HeaderMap::new()), [Coding::Identity]);
        assert_eq!(accepted_of(""), [Coding::Identity]);
        assert_eq!(accepted_of(";;q=nonsense,,"), [Coding::Identity]);
    }

    #[test]
    fn what_was_coded_decodes_to_the_same_bytes() {
        let bytes: Vec<u8> = (0..100_000_u32).flat_map(|n| (n % 251).to_le_bytes()).collect();
        assert_eq!(decode_brotli(&Coding::Brotli.encode(&bytes).unwrap(), bytes.len()).unwrap(), bytes);
        let coded = Coding::Zstd.encode(&bytes).unwrap();
        assert_eq!(zstd::decode_all(&*coded).unwrap(), bytes);
        let mut decoded = Vec::new();
        flate2::read::GzDecoder::new(&*Coding::Gzip.encode(&bytes).unwrap()).read_to_end(&mut decoded).unwrap();
        assert_eq!(decoded, bytes);
    }
}
