//! A panic becomes a trap and nothing more.
//!
//! In a browser nobody reads what a panic says: the standard library has nowhere to print it. What it would have said is
//! in the program nevertheless, with the code that puts it together and the place in the source of every check: a tenth
//! of what a first visit waits for. So whatever can only end in a panic is replaced by the instruction `unreachable`, in
//! place, and data that nothing refers to any more by zeros, which compress to nothing; so are places in the source, which
//! are handed to functions that might panic and read by nobody else. wasm-opt then takes away what is no longer called.
//! Of the code, only what comes before a certain trap is changed.

mod linked;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Result, ensure};
use wasmparser::{FunctionBody, Operator};

use linked::{Linked, Node};

/// Functions of the standard library that never return, by a part of their names as the compiler writes them.
const PANICS: [&str; 4] = ["4core9panicking", "17rust_begin_unwind", "20rust_panic_with_hook", "19slice_error_fail_rt"];

const UNREACHABLE: u8 = 0x00;
const NOP: u8 = 0x01;

/// The program, linked with `--emit-relocs`, without what panics would have said.
///
/// # Errors
/// The program is not WebAssembly, lacks the linker's notes or names, or has nothing that panics.
pub(crate) fn without_messages(program: &[u8]) -> Result<Vec<u8>> {
    let linked = Linked::read(program)?;
    let mut traps: BTreeMap<u32, Vec<Range<usize>>> = BTreeMap::new();
    for (&function, body) in &linked.bodies {
        let name = linked.names.get(&function).copied().unwrap_or_default();
        if PANICS.iter().any(|part| name.contains(part)) {
            traps.insert(function, vec![whole(body)?]);
        }
    }
    ensure!(!traps.is_empty(), "the program has no function that panics, or no names");

    // A function that does nothing but call these is one of them.
    let mut cut = BTreeMap::new();
    loop {
        let before = traps.len();
        for (&function, body) in &linked.bodies {
            let read = Body::read(body, |called| traps.contains_key(&called))?;
            if read.is_trap && !traps.contains_key(&function) {
                traps.insert(function, vec![whole(body)?]);
            }
            cut.insert(function, read.cut);
        }
        if traps.len() == before {
            break;
        }
    }
    cut.extend(traps);

    let mut changed = program.to_vec();
    let cut: Vec<Range<usize>> = cut.into_values().flatten().collect();
    for range in &cut {
        changed[range.clone()].fill(NOP);
        changed[range.start] = UNREACHABLE;
    }
    let is_cut = |at: usize| {
        let after = cut.partition_point(|range| range.start <= at);
        after > 0 && cut[after - 1].contains(&at)
    };
    let places = linked.places(program);
    let live = live(&linked, &is_cut, &places);
    let is_dead = linked.dead_data(|symbol| live.contains(&Node::Data(symbol)));
    for (&at, _) in is_dead.iter().filter(|(_, dead)| **dead) {
        changed[at] = 0;
    }
    linked.write(&changed, |at| is_cut(at) || is_dead.get(&at).copied().unwrap_or_default())
}

/// What can be reached from what is exported, by calls and by addresses. Places in the source are handed from function to
/// function, but only panics would read them.
fn live(linked: &Linked<'_>, is_cut: &dyn Fn(usize) -> bool, places: &BTreeSet<u32>) -> BTreeSet<Node> {
    let mut live: BTreeSet<Node> = linked.roots.iter().copied().collect();
    let leads = linked.leads(is_cut);
    let mut open: Vec<Node> = live.iter().copied().collect();
    while let Some(node) = open.pop() {
        for next in leads.get(&node).into_iter().flatten() {
            let is_place = matches!(next, Node::Data(symbol) if places.contains(symbol));
            if !is_place && live.insert(*next) {
                open.push(*next);
            }
        }
    }
    live
}

/// All instructions of a function but the `end` that closes it.
fn whole(body: &FunctionBody<'_>) -> Result<Range<usize>> {
    let start = body.get_operators_reader()?.original_position() as usize;
    Ok(start..body.range().end as usize - 1)
}

/// What there is to know of a function's instructions.
struct Body {
    /// Instructions without effect before a certain trap, and those that trap: none may be jumped into.
    cut: Vec<Range<usize>>,
    /// Whether it always traps, and has no effect before it does.
    is_trap: bool,
}

impl Body {
    fn read(body: &FunctionBody<'_>, traps: impl Fn(u32) -> bool) -> Result<Self> {
        let mut read = Self { cut: Vec::new(), is_trap: false };
        let end = body.range().end as usize;
        let (mut depth, mut returns, mut ends_in_trap) = (0_u32, false, false);
        let operators: Vec<(Operator<'_>, u64)> =
            body.get_operators_reader()?.into_iter_with_offsets().collect::<std::result::Result<_, _>>()?;
        let mut straight = operators.first().map_or(end, |(_, at)| *at as usize);
        for (place, (operator, _)) in operators.iter().enumerate() {
            let next = operators.get(place + 1).map_or(end, |(_, at)| *at as usize);
            let mut is_effect = false;
            match operator {
                Operator::Unreachable => {}
                Operator::Call { function_index } if traps(*function_index) => {}
                Operator::Block { .. } | Operator::Loop { .. } | Operator::If { .. } => depth += 1,
                Operator::End if depth == 0 => break,
                Operator::End => depth -= 1,
                Operator::Else => {}
                Operator::Br { relative_depth } | Operator::BrIf { relative_depth } => {
                    returns |= *relative_depth >= depth;
                }
                Operator::BrTable { targets } => {
                    for target in targets.targets().chain([Ok(targets.default())]) {
                        returns |= target? >= depth;
                    }
                }
                Operator::Return => returns = true,
                _ => is_effect = !is_quiet(operator),
            }
            let is_trap = matches!(operator, Operator::Unreachable)
                || matches!(operator, Operator::Call { function_index } if traps(*function_index));
            let is_straight = is_trap || is_quiet(operator);
            if is_trap {
                read.cut.push(straight..next);
            }
            if is_trap || !is_straight {
                straight = next;
            }
            // Whatever else is called may do something first.
            returns |= is_effect;
            ends_in_trap = is_trap;
        }
        read.is_trap = ends_in_trap && !returns;
        Ok(read)
    }
}

/// Whether an instruction neither leaves the straight line nor does anything that would be seen after a trap: it works on
/// the stack, on variables, and on memory that nobody looks at any more.
fn is_quiet(operator: &Operator<'_>) -> bool {
    use Operator as Op;
    matches!(
        operator,
        Op::Nop
            | Op::Drop
            | Op::Select
            | Op::LocalGet { .. }
            | Op::LocalSet { .. }
            | Op::LocalTee { .. }
            | Op::GlobalGet { .. }
            | Op::GlobalSet { .. }
            | Op::I32Const { .. }
            | Op::I64Const { .. }
            | Op::F32Const { .. }
            | Op::F64Const { .. }
            | Op::I32Load { .. }
            | Op::I64Load { .. }
            | Op::F32Load { .. }
            | Op::F64Load { .. }
            | Op::I32Load8U { .. }
            | Op::I32Load8S { .. }
            | Op::I32Load16U { .. }
            | Op::I64Load32U { .. }
            | Op::I32Store { .. }
            | Op::I64Store { .. }
            | Op::F32Store { .. }
            | Op::F64Store { .. }
            | Op::I32Store8 { .. }
            | Op::I32Store16 { .. }
            | Op::I64Store32 { .. }
            | Op::I32Add
            | Op::I32Sub
            | Op::I32And
            | Op::I32Or
            | Op::I32Shl
            | Op::I32Eqz
            | Op::I64Or
            | Op::I64Shl
            | Op::I64ExtendI32U
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{
        CodeSection, ConstExpr, CustomSection, DataSection, DataSymbolDefinition, ExportKind, ExportSection, Function,
        FunctionSection, LinkingSection, MemorySection, MemoryType, Module, NameMap, NameSection, SymbolTable,
        TypeSection,
    };
    use wasmparser::{Parser, Payload, Validator};

    /// Function 0 panics; 1 tells where and calls 0; 2 reads what stays and, unless that is zero, calls 1.
    fn program() -> Vec<u8> {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([wasm_encoder::ValType::I32], []);
        types.ty().function([], []);
        module.section(&types);
        let mut functions = FunctionSection::new();
        functions.function(0).function(1).function(1);
        module.section(&functions);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
        module.section(&memories);
        let mut exports = ExportSection::new();
        exports.export("main", ExportKind::Func, 2);
        module.section(&exports);

        let long = |opcode: u8, value: u8| [opcode, 0x80 | value, 0x80, 0x80, 0x80, 0x00];
        let mut code = CodeSection::new();
        let bodies = [
            vec![0x20, 0x00, 0x1a, 0x0b],
            [&long(0x41, 16)[..], &long(0x10, 0), &[0x00, 0x0b]].concat(),
            [&long(0x41, 8)[..], &[0x28, 0x02, 0x00, 0x04, 0x40], &long(0x10, 1), &[0x0b, 0x0b]].concat(),
        ];
        for body in &bodies {
            let mut function = Function::new([]);
            function.raw(body.iter().copied());
            code.function(&function);
        }
        module.section(&code);
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(8), *b"what staswhere i");
        module.section(&data);

        let mut linking = LinkingSection::new();
        let mut symbols = SymbolTable::new();
        for function in 0..3 {
            symbols.function(0, function, Some(["panic", "told", "main"][function as usize]));
        }
        symbols.data(0, "stays", Some(DataSymbolDefinition { index: 0, offset: 0, size: 8 }));
        symbols.data(0, "where", Some(DataSymbolDefinition { index: 0, offset: 8, size: 8 }));
        linking.symbol_table(&symbols);
        module.section(&linking);
        // Each body has its length and the number of its variables before it, and the section the number of bodies.
        let first = 3;
        let second = first + bodies[0].len() + 2;
        let third = second + bodies[1].len() + 2;
        let notes =
            [(4, second + 1, 4, true), (0, second + 7, 0, false), (4, third + 1, 3, true), (0, third + 12, 1, false)];
        let mut bytes = vec![3, notes.len() as u8];
        for (kind, at, symbol, has_addend) in notes {
            bytes.extend([kind, at as u8, symbol]);
            bytes.extend(has_addend.then_some(0));
        }
        bytes[0] = 4;
        module.section(&CustomSection { name: "reloc.CODE".into(), data: bytes.into() });
        let mut names = NameSection::new();
        let mut map = NameMap::new();
        map.append(0, "_RNvNtCs1_4core9panicking9panic_fmt");
        names.functions(&map);
        module.section(&names);
        module.finish()
    }

    fn parts(program: &[u8]) -> (Vec<Vec<u8>>, Vec<u8>, usize) {
        let (mut bodies, mut data, mut notes) = (Vec::new(), Vec::new(), 0);
        for payload in Parser::new(0).parse_all(program) {
            match payload.expect("a valid module") {
                Payload::CodeSectionEntry(body) => {
                    bodies.push(program[body.range().start as usize + 1..body.range().end as usize].to_vec());
                }
                Payload::DataSection(segments) => {
                    data = segments.into_iter().flat_map(|segment| segment.expect("a segment").data.to_vec()).collect();
                }
                Payload::CustomSection(custom) if custom.name() == "reloc.CODE" => notes = custom.data()[1].into(),
                _ => {}
            }
        }
        (bodies, data, notes)
    }

    #[test]
    fn what_ends_in_a_panic_is_a_trap_and_what_it_would_have_said_is_gone() {
        let before = program();
        Validator::new().validate_all(&before).expect("the test is about a valid program");
        let after = without_messages(&before).expect("it is understood");
        Validator::new().validate_all(&after).expect("a valid program");
        let (bodies, data, notes) = parts(&after);
        assert_eq!(bodies[0], [0x00, NOP, NOP, 0x0b], "the panic");
        assert_eq!(bodies[1][0], UNREACHABLE);
        assert!(bodies[1][1..bodies[1].len() - 1].iter().all(|byte| *byte == NOP), "what does nothing but panic");
        let asked = parts(&before).0[2].len() - 8;
        assert_eq!(bodies[2][..asked], parts(&before).0[2][..asked], "what decides whether to panic stays");
        assert_eq!(bodies[2][asked..], [0x00, NOP, NOP, NOP, NOP, NOP, 0x0b, 0x0b]);
        assert_eq!(data, b"what sta\0\0\0\0\0\0\0\0");
        assert_eq!(notes, 1, "only of what stays");
        assert_eq!(before.len() - after.len(), 3 * 3 + 1, "nothing else has moved");
    }

    /// Function 0 panics; 1 has the addresses of a place in the source and of a text that is called like a file, and calls
    /// 0 if it is told to.
    fn program_that_knows_places() -> Vec<u8> {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        types.ty().function([wasm_encoder::ValType::I32], []);
        module.section(&types);
        let mut functions = FunctionSection::new();
        functions.function(0).function(1);
        module.section(&functions);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None });
        module.section(&memories);
        let mut exports = ExportSection::new();
        exports.export("main", ExportKind::Func, 1);
        module.section(&exports);
        let long = |opcode: u8, value: u8| [opcode, 0x80 | value, 0x80, 0x80, 0x80, 0x00];
        let main = [&long(0x41, 18)[..], &[0x1a], &long(0x41, 42), &[0x1a, 0x20, 0x00, 0x04, 0x40], &long(0x10, 0)];
        let mut code = CodeSection::new();
        for body in [vec![0x00, 0x0b], [&main.concat()[..], &[0x0b, 0x0b]].concat()] {
            let mut function = Function::new([]);
            function.raw(body);
            code.function(&function);
        }
        module.section(&code);
        let numbers = |numbers: [u32; 4]| numbers.map(u32::to_le_bytes).concat();
        let mut data = DataSection::new();
        let place = [b"src/lib.rs".to_vec(), numbers([8, 10, 3, 5])];
        let text = [b"song.rs!".to_vec(), numbers([34, 7, 0, 0])];
        data.active(0, &ConstExpr::i32_const(8), [place, text].concat().concat());
        module.section(&data);

        let mut linking = LinkingSection::new();
        let mut symbols = SymbolTable::new();
        symbols.function(0, 0, Some("panic"));
        symbols.function(0, 1, Some("main"));
        for (name, offset, size) in [("file", 0, 10), ("place", 10, 16), ("name", 26, 8), ("text", 34, 16)] {
            symbols.data(0, name, Some(DataSymbolDefinition { index: 0, offset, size }));
        }
        linking.symbol_table(&symbols);
        module.section(&linking);
        // The number of bodies, the first one's three bytes with its length, then length and variables of the second.
        let main = 1 + 4 + 2;
        let code = [4, 3, 4, main + 1, 3, 0, 4, main + 8, 5, 0, 0, main + 18, 0];
        module.section(&CustomSection { name: "reloc.CODE".into(), data: code.to_vec().into() });
        // What comes before the first byte takes six.
        let data = [5, 2, 5, 6 + 10, 2, 0, 5, 6 + 34, 4, 0];
        module.section(&CustomSection { name: "reloc.DATA".into(), data: data.to_vec().into() });
        let mut names = NameSection::new();
        let mut map = NameMap::new();
        map.append(0, "_RNvNtCs1_4core9panicking9panic_fmt");
        names.functions(&map);
        module.section(&names);
        module.finish()
    }

    #[test]
    fn places_in_the_source_are_gone_though_functions_hand_them_on_and_nothing_else_is() {
        let before = program_that_knows_places();
        Validator::new().validate_all(&before).expect("the test is about a valid program");
        let after = without_messages(&before).expect("it is understood");
        Validator::new().validate_all(&after).expect("a valid program");
        let (_, was, _) = parts(&before);
        let (_, data, _) = parts(&after);
        assert_eq!(data[..26], [0; 26], "the file's name and the place");
        assert_eq!(data[26..], was[26..], "a text that only looks like one");
    }

    #[test]
    fn a_program_without_the_linkers_notes_or_without_panics_is_refused() {
        assert!(without_messages(b"nonsense").is_err());
        let none = without_messages(&Module::new().finish()).expect_err("no notes");
        assert!(none.to_string().contains("--emit-relocs"), "{none}");
    }
}
