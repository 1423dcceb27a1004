//! Functions that are alike, side by side.
//!
//! What compresses a program finds again what it has seen, and the shorter the way back, the fewer bits it takes to say.
//! The order of functions means nothing to a program but their numbers, so it is free to serve that: behind each function
//! comes, of those that are left, the one of which most has just been seen.

use std::collections::BTreeMap;
use std::convert::Infallible;

use anyhow::{Context as _, Result, anyhow};
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{CodeSection, FunctionSection, Module};
use wasmparser::{CodeSectionReader, FunctionSectionReader, Parser, Payload, TypeRef};

/// Bytes that make a sight: about two instructions.
const SIGHT: usize = 4;

/// Added to the length of a function, so that the shortest, of which everything has been seen somewhere, do not come first.
const LEAST: u64 = 8;

/// The program with its functions in another order, and nothing else changed.
///
/// # Errors
/// It is not WebAssembly.
pub(crate) fn ordered(program: &[u8]) -> Result<Vec<u8>> {
    let (mut imported, mut bodies) = (0, Vec::new());
    for payload in Parser::new(0).parse_all(program) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                }
            }
            Payload::CodeSectionEntry(body) => {
                let range = body.range();
                bodies.push(program.get(range.start as usize..range.end as usize).context("a function is cut off")?);
            }
            _ => {}
        }
    }
    let old_of_new = alike_side_by_side(&bodies);
    let mut new_of_old = vec![0; old_of_new.len()];
    for (new, &old) in (imported..).zip(&old_of_new) {
        new_of_old[old] = new;
    }
    let mut order = Order { imported, old_of_new, new_of_old };
    let mut module = Module::new();
    order.parse_core_module(&mut module, Parser::new(0), program).map_err(|error| anyhow!("{error}"))?;
    Ok(module.finish())
}

/// The places of the functions in their new order, which begins with the first.
fn alike_side_by_side(bodies: &[&[u8]]) -> Vec<usize> {
    let sights: Vec<Vec<&[u8]>> = bodies.iter().map(|body| sights(body)).collect();
    let mut seen_in: BTreeMap<&[u8], Vec<usize>> = BTreeMap::new();
    for (function, sights) in sights.iter().enumerate() {
        for sight in sights {
            seen_in.entry(sight).or_default().push(function);
        }
    }

    let mut left: Vec<usize> = (0..bodies.len()).collect();
    let mut order = Vec::with_capacity(bodies.len());
    let mut next = left.first().copied();
    while let Some(function) = next {
        left.retain(|other| *other != function);
        order.push(function);
        let mut shared = vec![0_u64; bodies.len()];
        for sight in &sights[function] {
            for &other in seen_in.get(sight).into_iter().flatten() {
                shared[other] += 1;
            }
        }
        let length = |other: usize| sights[other].len() as u64 + LEAST;
        // The greatest part that has been seen; among equals the nearest.
        next = left.iter().copied().reduce(|best, other| {
            let (of_best, of_other) = (shared[best] * length(other), shared[other] * length(best));
            let is_nearer = other.abs_diff(function) < best.abs_diff(function);
            if of_other > of_best || (of_other == of_best && is_nearer) { other } else { best }
        });
    }
    order
}

/// Everything of so many bytes that there is in a function, once.
fn sights(body: &[u8]) -> Vec<&[u8]> {
    let mut sights: Vec<&[u8]> = body.windows(SIGHT).collect();
    sights.sort_unstable();
    sights.dedup();
    sights
}

struct Order {
    imported: u32,
    old_of_new: Vec<usize>,
    /// By the place of a function among those that are not imported, its number.
    new_of_old: Vec<u32>,
}

impl Reencode for Order {
    type Error = Infallible;

    fn function_index(&mut self, function: u32) -> std::result::Result<u32, reencode::Error<Infallible>> {
        let place = function.checked_sub(self.imported);
        Ok(place.and_then(|place| self.new_of_old.get(place as usize).copied()).unwrap_or(function))
    }

    fn parse_function_section(
        &mut self,
        functions: &mut FunctionSection,
        section: FunctionSectionReader<'_>,
    ) -> std::result::Result<(), reencode::Error<Infallible>> {
        let types: Vec<u32> = section.into_iter().collect::<std::result::Result<_, _>>()?;
        for ty in self.old_of_new.iter().filter_map(|old| types.get(*old)) {
            functions.function(*ty);
        }
        Ok(())
    }

    fn parse_code_section(
        &mut self,
        code: &mut CodeSection,
        section: CodeSectionReader<'_>,
    ) -> std::result::Result<(), reencode::Error<Infallible>> {
        let bodies: Vec<_> = section.into_iter().collect::<std::result::Result<_, _>>()?;
        for old in self.old_of_new.clone() {
            if let Some(body) = bodies.get(old) {
                utils::parse_function_body(self, code, body.clone())?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        ElementSection, Elements, EntityType, ExportKind, ExportSection, Function, ImportSection, Instruction, RefType,
        TableSection, TableType, TypeSection, ValType,
    };
    use wasmparser::{Operator, Validator};

    /// An imported function; then two that are alike with another between them, each of which calls the one behind it.
    fn program() -> Vec<u8> {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([], [ValType::I32]);
        module.section(&types);
        let mut imports = ImportSection::new();
        imports.import("./app.js", "theirs", EntityType::Function(0));
        module.section(&imports);
        let mut functions = FunctionSection::new();
        for ty in [0, 1, 0] {
            functions.function(ty);
        }
        module.section(&functions);
        let mut tables = TableSection::new();
        tables.table(TableType {
            element_type: RefType::FUNCREF,
            table64: false,
            minimum: 1,
            maximum: None,
            shared: false,
        });
        module.section(&tables);
        let mut exports = ExportSection::new();
        exports.export("odd", ExportKind::Func, 2);
        exports.export("last", ExportKind::Func, 3);
        module.section(&exports);
        let mut elements = ElementSection::new();
        elements.active(None, &wasm_encoder::ConstExpr::i32_const(0), Elements::Functions(vec![2].into()));
        module.section(&elements);
        let mut code = CodeSection::new();
        for (numbers, called) in [([1_000, 2_000, 3_000], Some(2)), ([7, 8, 9], None), ([1_000, 2_000, 3_001], Some(0))]
        {
            let mut function = Function::new([]);
            for number in numbers {
                function.instruction(&Instruction::I32Const(number)).instruction(&Instruction::Drop);
            }
            match called {
                Some(2) => function.instruction(&Instruction::Call(2)).instruction(&Instruction::Drop),
                Some(called) => function.instruction(&Instruction::Call(called)),
                None => function.instruction(&Instruction::I32Const(5)),
            };
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        module.section(&code);
        module.finish()
    }

    /// The first number of each function, and whom it calls.
    fn bodies(program: &[u8]) -> Vec<(i32, Option<u32>)> {
        let mut bodies = Vec::new();
        for payload in Parser::new(0).parse_all(program) {
            if let Payload::CodeSectionEntry(body) = payload.expect("a valid module") {
                let operators: Vec<Operator<'_>> =
                    body.get_operators_reader().expect("a body").into_iter().map(|one| one.expect("one")).collect();
                let last = |operator: &Operator<'_>| match operator {
                    Operator::I32Const { value } => Some(*value),
                    _ => None,
                };
                let called = operators.iter().find_map(|operator| match operator {
                    Operator::Call { function_index } => Some(*function_index),
                    _ => None,
                });
                bodies.push((operators.iter().filter_map(last).nth(2).expect("three numbers"), called));
            }
        }
        bodies
    }

    #[test]
    fn functions_that_are_alike_come_side_by_side_and_everybody_still_means_the_same() {
        let before = program();
        Validator::new().validate_all(&before).expect("the test is about a valid program");
        assert_eq!(bodies(&before), [(3_000, Some(2)), (9, None), (3_001, Some(0))]);
        let after = ordered(&before).expect("it is understood");
        Validator::new().validate_all(&after).expect("a valid program, so every function still has its type");
        assert_eq!(bodies(&after), [(3_000, Some(3)), (3_001, Some(0)), (9, None)]);
        for payload in Parser::new(0).parse_all(&after) {
            match payload.expect("a valid module") {
                Payload::ExportSection(exports) => {
                    let exports: Vec<_> = exports.into_iter().map(|export| export.expect("an export")).collect();
                    assert_eq!(
                        exports.iter().map(|one| (one.name, one.index)).collect::<Vec<_>>(),
                        [("odd", 3), ("last", 2)]
                    );
                }
                Payload::ElementSection(elements) => {
                    let element = elements.into_iter().next().expect("a segment").expect("a segment");
                    let wasmparser::ElementItems::Functions(functions) = element.items else { panic!("functions") };
                    assert_eq!(functions.into_iter().map(|one| one.expect("one")).collect::<Vec<_>>(), [3]);
                }
                _ => {}
            }
        }
    }

    #[test]
    fn a_program_of_nothing_stays_and_what_is_none_is_refused() {
        let empty = Module::new().finish();
        assert_eq!(ordered(&empty).expect("it is understood"), empty);
        assert!(ordered(b"nonsense").is_err());
    }
}
