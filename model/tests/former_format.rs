//! Models of the format version before this one are still read.

#![allow(clippy::unwrap_used)]

use segue_model::Model;
use segue_model::answer::answer;
use segue_model::api::{Request, SongQuery};
use segue_model::file::{FORMAT_VERSION, read_header};
use segue_model::metadata::{Learned, Mining};
use segue_model::scoring::Scratch;

/// Three playlists: One, Two, Three | One, Three | Two, Three, Four.
const FORMAT_2: &[u8] = include_bytes!("format_2.segue");

#[test]
fn a_model_of_the_former_format_answers() {
    assert_eq!(FORMAT_2[8..12], (FORMAT_VERSION - 1).to_le_bytes());
    let header = read_header(FORMAT_2).unwrap();
    let mining = &header.metadata.mining;
    // What it was mined with, not what is usual now.
    let learned = Learned { weight: 0.8, ..Learned::default() };
    assert_eq!((mining.learned.as_ref(), mining.neighbours), (Some(&learned), Mining::default().neighbours));
    assert_eq!(mining.budget, None);
    assert_eq!(header.metadata.data_set.playlists, 3);
    let model = Model::open(FORMAT_2).unwrap();
    let mut request = Request::new(vec![SongQuery::Text("One".into())]);
    request.explain = true;
    let response = answer(&model, &request, &mut Scratch::default()).unwrap();
    assert_eq!(response.songs, ["Three", "Two"]);
    let because = &response.recommendations.unwrap()[0].because[0];
    assert_eq!((because.together, because.support), (2, 2));
}
