//! One way to sort, small where it has to be.
//!
//! The standard library's sorts are quick, and 3 kB of code for every type they are used on: a twelfth of all that a
//! browser would load. There a heapsort does, which is not stable; so every order here is a total one, and the result is
//! the same everywhere.

use std::cmp::Ordering;

/// Sorts by a total order.
pub fn sort_by<T>(slice: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if cfg!(target_arch = "wasm32") {
        heapsort(slice, compare);
    } else {
        slice.sort_unstable_by(compare);
    }
}

/// Sorts by the natural order.
pub fn sort<T: Ord>(slice: &mut [T]) {
    sort_by(slice, T::cmp);
}

/// J. W. J. Williams, "Algorithm 232: Heapsort", CACM 7(6), 1964. What is sorted already is left at once.
fn heapsort<T>(slice: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if slice.is_sorted_by(|left, right| compare(left, right).is_le()) {
        return;
    }
    let mut begin = slice.len() / 2;
    let mut end = slice.len();
    while end > 1 {
        if begin > 0 {
            begin -= 1;
        } else {
            end -= 1;
            slice.swap(0, end);
        }
        let mut parent = begin;
        loop {
            let mut child = 2 * parent + 1;
            if child >= end {
                break;
            }
            if child + 1 < end && compare(&slice[child], &slice[child + 1]).is_lt() {
                child += 1;
            }
            if compare(&slice[parent], &slice[child]).is_ge() {
                break;
            }
            slice.swap(parent, child);
            parent = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn both_ways_sort_alike(mut numbers in proptest::collection::vec(0_u16..200, 0..300)) {
            let mut heap = numbers.clone();
            heapsort(&mut heap, u16::cmp);
            sort(&mut numbers);
            prop_assert_eq!(heap, numbers);
        }
    }
}
