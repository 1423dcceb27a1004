//! Columns of numbers and text: how sections are coded, and read back with every bound checked.

use crate::catalogue::Names;

/// A section being written.
#[derive(Default)]
pub(super) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Writes on behind these bytes.
    pub(super) fn behind(bytes: Vec<u8>) -> Self {
        Self { bytes }
    }

    /// What was written so far.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// An integer in seven-bit groups, lowest first (LEB128).
    pub(super) fn integer(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.bytes.push(value as u8 | 0x80);
            value >>= 7;
        }
        self.bytes.push(value as u8);
    }

    pub(super) fn integers(&mut self, values: impl IntoIterator<Item = u32>) {
        for value in values {
            self.integer(value);
        }
    }

    pub(super) fn float(&mut self, value: f64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Four bits each, the first of two in the low half.
    pub(super) fn nibbles(&mut self, values: &[u8]) {
        self.bytes.extend(values.chunks(2).map(|pair| pair[0] | pair.get(1).copied().unwrap_or(0) << 4));
    }

    /// All lengths, then all text.
    pub(super) fn names(&mut self, names: &Names) {
        self.integers(names.iter().map(|name| name.len() as u32));
        for name in names.iter() {
            self.raw(name.as_bytes());
        }
    }

    pub(super) fn text(&mut self, text: &str) {
        self.integer(text.len() as u32);
        self.raw(text.as_bytes());
    }
}

/// What is wrong with a section: said in a few words.
pub(super) type Fault = &'static str;

/// A section being read.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    pub(super) fn finish(self) -> Result<(), Fault> {
        if self.bytes.is_empty() { Ok(()) } else { Err("bytes are left over at its end") }
    }

    pub(super) fn integer(&mut self) -> Result<u32, Fault> {
        let mut value = 0_u32;
        for shift in (0..32).step_by(7) {
            let (&byte, rest) = self.bytes.split_first().ok_or("it ends too early")?;
            self.bytes = rest;
            let bits = u32::from(byte & 0x7F);
            if shift == 28 && bits > 0xF {
                return Err("a number is too large");
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err("a number is too large")
    }

    /// A count of things that take at least one byte each, so that no damaged count can ask for much memory.
    pub(super) fn count(&mut self) -> Result<usize, Fault> {
        let count = self.integer()? as usize;
        if count > self.bytes.len() { Err("it counts more than it holds") } else { Ok(count) }
    }

    pub(super) fn integers(&mut self, count: usize) -> Result<Vec<u32>, Fault> {
        let mut values = Vec::with_capacity(self.at_most(count)?);
        for _ in 0..count {
            values.push(self.small_integer()?);
        }
        Ok(values)
    }

    /// A number of things of at least one byte each, if there can be so many.
    pub(super) fn at_most(&self, count: usize) -> Result<usize, Fault> {
        if count > self.bytes.len() { Err("it ends too early") } else { Ok(count) }
    }

    /// So many integers behind those read before, ascending and below `bound`: each as its distance from the one before
    /// it, the first from `start`, and one less than that.
    #[inline(never)] // Within a future every byte would be taken from memory that is written back.
    pub(super) fn integers_behind(
        &mut self,
        start: u32,
        count: usize,
        bound: usize,
        values: &mut Vec<u32>,
    ) -> Result<(), Fault> {
        let mut reader = Self { bytes: self.bytes };
        let mut last = start;
        for _ in 0..count {
            let distance = reader.small_integer()?;
            last = last
                .checked_add(distance)
                .and_then(|value| value.checked_add(1))
                .filter(|value| (*value as usize) < bound)
                .ok_or("a neighbour is out of range")?;
            values.push(last);
        }
        self.bytes = reader.bytes;
        Ok(())
    }

    /// An integer where most are below 128.
    #[inline(always)]
    fn small_integer(&mut self) -> Result<u32, Fault> {
        match self.bytes.split_first() {
            Some((&byte, rest)) if byte < 0x80 => {
                self.bytes = rest;
                Ok(u32::from(byte))
            }
            _ => self.integer(),
        }
    }

    /// Integers below `bound`.
    pub(super) fn integers_below(&mut self, count: usize, bound: usize) -> Result<Vec<u32>, Fault> {
        let values = self.integers(count)?;
        if values.iter().all(|&value| (value as usize) < bound) { Ok(values) } else { Err("an id is out of range") }
    }

    pub(super) fn float(&mut self) -> Result<f64, Fault> {
        let bytes = self.raw(8)?;
        let value = f64::from_le_bytes(bytes.try_into().map_err(|_| "it ends too early")?);
        if value.is_finite() { Ok(value) } else { Err("a number is not finite") }
    }

    pub(super) fn raw(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or("it ends too early")?;
        self.bytes = rest;
        Ok(taken)
    }

    pub(super) fn nibbles(&mut self, count: usize) -> Result<Vec<u8>, Fault> {
        let packed = self.raw(count.div_ceil(2))?;
        let mut values = vec![0; 2 * packed.len()];
        for (pair, byte) in values.chunks_exact_mut(2).zip(packed) {
            pair[0] = byte & 0xF;
            pair[1] = byte >> 4;
        }
        if values.len() > count && values.pop() != Some(0) {
            return Err("its padding is not zero");
        }
        Ok(values)
    }

    pub(super) fn names(&mut self, count: usize) -> Result<Names, Fault> {
        let mut ends = self.integers(count)?;
        let mut end = 0_u32;
        for length in &mut ends {
            end = end.checked_add(*length).ok_or("it ends too early")?;
            *length = end;
        }
        let text = self.utf8(end as usize)?.to_owned();
        Names::from_text(text, ends).ok_or("a name is not UTF-8")
    }

    pub(super) fn text(&mut self) -> Result<&'a str, Fault> {
        let length = self.integer()? as usize;
        self.utf8(length)
    }

    fn utf8(&mut self, length: usize) -> Result<&'a str, Fault> {
        std::str::from_utf8(self.raw(length)?).map_err(|_| "a name is not UTF-8")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn columns_come_back(integers: Vec<u32>, texts: Vec<String>, nibbles in prop::collection::vec(0_u8..16, 0..9)) {
            let names = Names::new(&texts);
            let mut writer = Writer::default();
            writer.integers(integers.iter().copied());
            writer.names(&names);
            writer.nibbles(&nibbles);
            writer.float(0.5);
            let bytes = writer.into_bytes();
            let mut reader = Reader::new(&bytes);
            prop_assert_eq!(reader.integers(integers.len()).unwrap(), integers);
            prop_assert_eq!(reader.names(texts.len()).unwrap(), names);
            prop_assert_eq!(reader.nibbles(nibbles.len()).unwrap(), nibbles);
            prop_assert_eq!(reader.float().unwrap(), 0.5);
            prop_assert!(reader.finish().is_ok());
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(bytes: Vec<u8>, count in 0_usize..100) {
            let _ = Reader::new(&bytes).integers(count);
            let _ = Reader::new(&bytes).names(count);
            let _ = Reader::new(&bytes).nibbles(count);
            let _ = Reader::new(&bytes).count();
        }
    }
}
