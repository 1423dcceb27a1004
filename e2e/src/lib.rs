//! Tests of the whole product through a real browser.
