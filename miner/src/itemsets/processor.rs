//! Code for the processor at hand.
//!
//! Programs are compiled for any processor of their kind; on x86-64 that means without the instructions that count bits or
//! work on 32 bytes at a time. Code that lives from those is compiled a second time with them, and the choice is made once,
//! when a search begins.

/// Runs code compiled for certain processors.
pub(super) trait Processor: Copy + Send + Sync {
    /// Runs `code`, compiled for this processor together with everything that is inlined into it.
    fn run<R>(self, code: impl FnOnce() -> R) -> R;
}

/// Any processor that the program is compiled for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Any;

impl Processor for Any {
    #[inline(always)]
    fn run<R>(self, code: impl FnOnce() -> R) -> R {
        code()
    }
}

#[cfg(target_arch = "x86_64")]
impl Processor for fearless_simd::Avx2 {
    #[inline(always)]
    fn run<R>(self, code: impl FnOnce() -> R) -> R {
        fearless_simd::Simd::vectorize(self, code)
    }
}

/// Runs `$body` with `$processor` naming the best processor that this one is.
macro_rules! on_this_processor {
    ($processor:ident => $body:expr) => {{
        #[cfg(target_arch = "x86_64")]
        {
            if let Some($processor) = fearless_simd::Level::new().as_avx2() {
                $body
            } else {
                let $processor = $crate::itemsets::processor::Any;
                $body
            }
        }
        #[cfg(not(target_arch = "x86_64"))]
        {
            let $processor = $crate::itemsets::processor::Any;
            $body
        }
    }};
}
pub(super) use on_this_processor;
