//! Who is told of the sets.

use std::ops::ControlFlow;

/// Is told of each set that is found.
///
/// A closure `|items: &[u32], support: u32| …` is a visitor; it may return nothing, or a [`ControlFlow`] to break off.
pub trait Visitor {
    /// A set: its items, ascending, and the number of baskets that contain them all. Sets come in an order that is the same in
    /// every run, whatever the number of threads. `Break` ends the search early, without an error.
    fn visit(&mut self, items: &[u32], support: u32) -> ControlFlow<()>;
}

impl<F: FnMut(&[u32], u32) -> R, R: IntoControlFlow> Visitor for F {
    fn visit(&mut self, items: &[u32], support: u32) -> ControlFlow<()> {
        self(items, support).into_control_flow()
    }
}

/// What a visiting closure may return.
pub trait IntoControlFlow {
    /// Whether to go on.
    fn into_control_flow(self) -> ControlFlow<()>;
}

impl IntoControlFlow for () {
    fn into_control_flow(self) -> ControlFlow<()> {
        ControlFlow::Continue(())
    }
}

impl IntoControlFlow for ControlFlow<()> {
    fn into_control_flow(self) -> ControlFlow<()> {
        self
    }
}
