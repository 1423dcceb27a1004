//! A linked program with the linker's notes: what refers to what.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use anyhow::{Context as _, Result, bail};
use wasm_encoder::{CustomSection, Module, RawSection};
use wasmparser::{
    ExternalKind, FunctionBody, KnownCustom, Linking, Name, Operator, Parser, Payload, RelocationEntry, RelocationType,
    SymbolFlags, SymbolInfo, TypeRef,
};

/// Names of the sections that say which places in code and data hold an address or an index.
const OF_CODE: &str = "reloc.CODE";
const OF_DATA: &str = "reloc.DATA";

/// What refers to something, or is referred to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Node {
    /// A function, by its index.
    Function(u32),
    /// Data, by its place in the table of symbols.
    Data(u32),
}

/// A place that holds an address or an index.
#[derive(Debug)]
struct Reference {
    /// Where in the file.
    at: usize,
    /// Where in the file it is noted.
    note: Range<usize>,
    entry: RelocationEntry,
}

/// A program and the linker's notes on it. Places are offsets in the file.
#[derive(Debug, Default)]
pub(super) struct Linked<'a> {
    /// Instructions of each function that is not imported.
    pub(super) bodies: BTreeMap<u32, FunctionBody<'a>>,
    /// Names of functions.
    pub(super) names: BTreeMap<u32, &'a str>,
    /// What is used from outside.
    pub(super) roots: Vec<Node>,
    symbols: Vec<SymbolInfo<'a>>,
    /// Where each segment of data begins, and its length.
    segments: Vec<Range<usize>>,
    references: BTreeMap<&'static str, Vec<Reference>>,
    /// The number of the section that each of these is about.
    about: BTreeMap<&'static str, u32>,
}

impl<'a> Linked<'a> {
    /// Reads a program that was linked with `--emit-relocs`.
    ///
    /// # Errors
    /// It is not WebAssembly, or notes or names are missing.
    pub(super) fn read(program: &'a [u8]) -> Result<Self> {
        let mut linked = Self::default();
        let (mut imported, mut code, mut data) = (0, 0, 0);
        let mut noted = Vec::new();
        for payload in Parser::new(0).parse_all(program) {
            match payload? {
                Payload::ImportSection(imports) => {
                    for import in imports.into_imports() {
                        imported += u32::from(matches!(import?.ty, TypeRef::Func(_)));
                    }
                }
                Payload::ExportSection(exports) => {
                    for export in exports {
                        let export = export?;
                        if export.kind == ExternalKind::Func {
                            linked.roots.push(Node::Function(export.index));
                        }
                    }
                }
                Payload::StartSection { func, .. } => linked.roots.push(Node::Function(func)),
                Payload::CodeSectionStart { range, .. } => code = range.start as usize,
                Payload::CodeSectionEntry(body) => {
                    linked.bodies.insert(imported + linked.bodies.len() as u32, body);
                }
                Payload::DataSection(segments) => {
                    data = segments.range().start as usize;
                    for segment in segments {
                        let segment = segment?;
                        let end = segment.range.end as usize;
                        linked.segments.push(end - segment.data.len()..end);
                    }
                }
                Payload::CustomSection(custom) => match custom.as_known() {
                    KnownCustom::Name(names) => {
                        for name in names {
                            if let Ok(Name::Function(functions)) = name {
                                for naming in functions {
                                    let naming = naming?;
                                    linked.names.insert(naming.index, naming.name);
                                }
                            }
                        }
                    }
                    KnownCustom::Linking(linking) => {
                        for subsection in linking.subsections() {
                            if let Linking::SymbolTable(symbols) = subsection? {
                                linked.symbols = symbols.into_iter().collect::<std::result::Result<_, _>>()?;
                            }
                        }
                    }
                    KnownCustom::Reloc(notes) => noted.push((custom.name(), notes)),
                    _ => {}
                },
                _ => {}
            }
        }
        for (name, notes) in noted {
            let (name, begin) = match name {
                OF_CODE => (OF_CODE, code),
                OF_DATA => (OF_DATA, data),
                // Of debugging notes, which say nothing of what is used.
                _ => continue,
            };
            linked.about.insert(name, notes.section_index());
            let references = linked.references.entry(name).or_default();
            for entry in notes.entries().into_iter_with_offsets() {
                let (place, entry) = entry?;
                let place = place as usize;
                if let Some(last) = references.last_mut() {
                    last.note.end = place;
                }
                let end = notes.entries().range().end as usize;
                references.push(Reference { at: begin + entry.offset as usize, note: place..end, entry });
            }
        }
        if !linked.references.contains_key(OF_CODE) || linked.symbols.is_empty() {
            bail!("the linker's notes are missing: link with --emit-relocs");
        }
        linked.roots.extend((0..).zip(&linked.symbols).filter_map(|(number, symbol)| match symbol {
            SymbolInfo::Func { flags, index, .. } if flags.contains(SymbolFlags::NO_STRIP) => {
                Some(Node::Function(*index))
            }
            SymbolInfo::Data { flags, .. } if flags.contains(SymbolFlags::NO_STRIP) => Some(Node::Data(number)),
            _ => None,
        }));
        Ok(linked)
    }

    /// What each function and each piece of data leads to, but for what `is_cut` of the code.
    pub(super) fn leads(&self, is_cut: &dyn Fn(usize) -> bool) -> BTreeMap<Node, Vec<Node>> {
        let mut leads: BTreeMap<Node, Vec<Node>> = BTreeMap::new();
        let starts: Vec<(usize, u32)> =
            self.bodies.iter().map(|(function, body)| (body.range().start as usize, *function)).collect();
        for reference in self.references.get(OF_CODE).into_iter().flatten().filter(|reference| !is_cut(reference.at)) {
            let after = starts.partition_point(|(start, _)| *start <= reference.at);
            if let (Some((_, function)), Some(target)) = (starts[..after].last(), self.target(&reference.entry)) {
                leads.entry(Node::Function(*function)).or_default().push(target);
            }
        }
        // The linker's own functions have no notes.
        for (function, body) in &self.bodies {
            let operators = body.get_operators_reader().into_iter().flatten().flatten();
            let called = operators.filter_map(|operator| match operator {
                Operator::Call { function_index } => Some(Node::Function(function_index)),
                _ => None,
            });
            let body = body.range();
            if !self.has_references(body.start as usize..body.end as usize) {
                leads.entry(Node::Function(*function)).or_default().extend(called);
            }
        }
        let data: Vec<(Range<usize>, u32)> = self.data().collect();
        for reference in self.references.get(OF_DATA).into_iter().flatten() {
            let Some(target) = self.target(&reference.entry) else { continue };
            for (_, symbol) in data.iter().filter(|(range, _)| range.contains(&reference.at)) {
                leads.entry(Node::Data(*symbol)).or_default().push(target);
            }
        }
        leads
    }

    /// Data that says where in the source something is: the address and the length of a file's name, a line, a column.
    pub(super) fn places(&self, program: &[u8]) -> BTreeSet<u32> {
        let references = self.references.get(OF_DATA).map_or(&[][..], Vec::as_slice);
        let number = |at: usize| {
            program.get(at..at + 4).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes) as usize
        };
        let data: BTreeMap<u32, Range<usize>> = self.data().map(|(range, symbol)| (symbol, range)).collect();
        let is_place = |range: &Range<usize>| {
            let first = references.partition_point(|reference| reference.at < range.start);
            let within = references[first..].iter().take_while(|reference| reference.at < range.end);
            let within: Vec<&Reference> = within.collect();
            let [file] = within[..] else { return false };
            let name = data.get(&file.entry.index).and_then(|name| {
                let start = name.start + usize::try_from(file.entry.addend).ok()?;
                program.get(start..start + number(range.start + 4))
            });
            let (line, column) = (number(range.start + 8), number(range.start + 12));
            range.len() == 16
                && file.at == range.start
                && name.is_some_and(|name| name.ends_with(b".rs"))
                && line > 0
                && column > 0
        };
        data.iter().filter(|(_, range)| is_place(range)).map(|(symbol, _)| *symbol).collect()
    }

    /// Each byte of data that has a symbol: whether all of its symbols are dead.
    pub(super) fn dead_data(&self, is_live: impl Fn(u32) -> bool) -> BTreeMap<usize, bool> {
        let mut dead = BTreeMap::new();
        for (range, symbol) in self.data() {
            for at in range {
                *dead.entry(at).or_insert(true) &= !is_live(symbol);
            }
        }
        dead
    }

    /// The program with these bytes, which are as many as it had, and without the notes on places of which `is_gone`.
    ///
    /// # Errors
    /// The program is not WebAssembly.
    pub(super) fn write(&self, bytes: &[u8], is_gone: impl Fn(usize) -> bool) -> Result<Vec<u8>> {
        let mut module = Module::new();
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            let Some((id, range)) = payload.as_section() else { continue };
            if let Payload::CustomSection(custom) = &payload
                && let Some((name, references)) = self.references.get_key_value(custom.name())
            {
                let kept: Vec<&Reference> = references.iter().filter(|reference| !is_gone(reference.at)).collect();
                let mut notes = Vec::new();
                let about = self.about.get(name).context("notes are about a section")?;
                for number in [*about, u32::try_from(kept.len())?] {
                    wasm_encoder::Encode::encode(&number, &mut notes);
                }
                for reference in kept {
                    notes.extend_from_slice(&bytes[reference.note.clone()]);
                }
                module.section(&CustomSection { name: (*name).into(), data: notes.into() });
            } else {
                module.section(&RawSection { id, data: &bytes[range.start as usize..range.end as usize] });
            }
        }
        Ok(module.finish())
    }

    /// Where the data of each symbol lies; some lies within other.
    fn data(&self) -> impl Iterator<Item = (Range<usize>, u32)> + '_ {
        (0..).zip(&self.symbols).filter_map(|(number, symbol)| {
            let SymbolInfo::Data { symbol: Some(data), .. } = symbol else { return None };
            let start = self.segments.get(data.index as usize)?.start + data.offset as usize;
            Some((start..start + data.size as usize, number))
        })
    }

    fn target(&self, entry: &RelocationEntry) -> Option<Node> {
        if entry.ty == RelocationType::TypeIndexLeb {
            return None;
        }
        match self.symbols.get(entry.index as usize)? {
            SymbolInfo::Func { index, .. } => Some(Node::Function(*index)),
            SymbolInfo::Data { .. } => Some(Node::Data(entry.index)),
            _ => None,
        }
    }

    fn has_references(&self, range: Range<usize>) -> bool {
        let references = self.references.get(OF_CODE).map_or(&[][..], Vec::as_slice);
        let first = references.partition_point(|reference| reference.at < range.start);
        references.get(first).is_some_and(|reference| reference.at < range.end)
    }
}
