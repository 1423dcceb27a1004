//! Short names between a program and its JavaScript, and no classes that nobody uses.
//!
//! wasm-bindgen names every function that crosses the border `__wbg_…_` and sixteen digits of a hash, some 250 of them, in
//! the program and in the script: six kilobytes that nothing can compress.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow};
use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{ExportSection, ImportSection, Module};
use wasmparser::{Export, ImportSectionReader, Parser, Payload};

/// What wasm-bindgen's own names begin with. Others have a meaning to someone else.
const OWN: [&str; 3] = ["__wbg_", "__wbindgen_", "wasm_bindgen__"];

/// What the names of the classes begin with that a crate below leptos exports to scripts of its own, and that nothing here
/// ever makes: byte streams. What is exported is never found to be dead, with all that it calls.
const UNUSED: &str = "IntoUnderlying";

/// Program and script with short names in both, and without the unused classes.
///
/// # Errors
/// The program is not WebAssembly.
pub(crate) fn shorten(program: &[u8], script: &str) -> Result<(Vec<u8>, String)> {
    let mut names = Names::default();
    for payload in Parser::new(0).parse_all(program) {
        match payload? {
            Payload::ImportSection(imports) => {
                for import in imports.into_imports() {
                    names.add(import?.name);
                }
            }
            Payload::ExportSection(exports) => {
                for export in exports {
                    names.add(export?.name);
                }
            }
            _ => {}
        }
    }
    let mut module = Module::new();
    names.parse_core_module(&mut module, Parser::new(0), program).map_err(|error| anyhow!("{error}"))?;
    Ok((module.finish(), names.in_script(&without_unused(script))))
}

/// The script without the unused classes. Of what wasm-bindgen writes, all but the first and last line of a statement is
/// indented.
fn without_unused(script: &str) -> String {
    let beginnings =
        [format!("export class {UNUSED}"), format!("const {UNUSED}"), format!("if (Symbol.dispose) {UNUSED}")];
    let mut kept = String::with_capacity(script.len());
    let mut is_inside = false;
    for line in script.split_inclusive('\n') {
        let begins = beginnings.iter().any(|beginning| line.starts_with(beginning.as_str()));
        is_inside = begins || (is_inside && (line.starts_with(' ') || line.trim_end() == "}"));
        if !is_inside {
            kept.push_str(line);
        }
    }
    kept
}

/// A short name for every long one.
#[derive(Debug, Default)]
struct Names(BTreeMap<String, String>);

impl Names {
    fn add(&mut self, name: &str) {
        if OWN.iter().any(|beginning| name.starts_with(beginning)) && !self.0.contains_key(name) {
            // Nothing in the script begins with a dollar and a digit.
            self.0.insert(name.to_owned(), format!("${}", self.0.len()));
        }
    }

    fn short<'a>(&'a self, name: &'a str) -> &'a str {
        self.0.get(name).map_or(name, String::as_str)
    }

    fn in_script(&self, script: &str) -> String {
        let is_of_name = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '$';
        let mut short = String::with_capacity(script.len());
        let mut rest = script;
        while !rest.is_empty() {
            let name = rest.find(|letter| !is_of_name(letter)).unwrap_or(rest.len());
            short.push_str(self.short(&rest[..name]));
            rest = &rest[name..];
            let other = rest.find(is_of_name).unwrap_or(rest.len());
            short.push_str(&rest[..other]);
            rest = &rest[other..];
        }
        short
    }
}

impl Reencode for Names {
    type Error = std::convert::Infallible;

    fn parse_import_section(
        &mut self,
        imports: &mut ImportSection,
        section: ImportSectionReader<'_>,
    ) -> std::result::Result<(), reencode::Error<Self::Error>> {
        for import in section.into_imports() {
            let import = import?;
            let kind = self.entity_type(import.ty)?;
            imports.import(import.module, self.short(import.name), kind);
        }
        Ok(())
    }

    fn parse_export(
        &mut self,
        exports: &mut ExportSection,
        export: Export<'_>,
    ) -> std::result::Result<(), reencode::Error<Self::Error>> {
        if export.name.contains(&UNUSED.to_ascii_lowercase()) {
            return Ok(());
        }
        let name = self.short(export.name).to_owned();
        utils::parse_export(self, exports, Export { name: &name, ..export })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_encoder::{EntityType, ExportKind, TypeSection};

    fn names(program: &[u8]) -> (Vec<String>, Vec<String>) {
        let (mut imports, mut exports) = (Vec::new(), Vec::new());
        for payload in Parser::new(0).parse_all(program) {
            match payload.expect("a valid module") {
                Payload::ImportSection(section) => {
                    imports.extend(section.into_imports().map(|import| import.expect("an import").name.to_owned()));
                }
                Payload::ExportSection(section) => {
                    exports.extend(section.into_iter().map(|export| export.expect("an export").name.to_owned()));
                }
                _ => {}
            }
        }
        (imports, exports)
    }

    #[test]
    fn both_sides_still_mean_the_same_function() {
        let mut module = Module::new();
        let mut types = TypeSection::new();
        types.ty().function([], []);
        module.section(&types);
        let mut imports = ImportSection::new();
        imports.import("./app.js", "__wbg_get_0123456789abcdef", EntityType::Function(0));
        imports.import("./app.js", "theirs", EntityType::Function(0));
        module.section(&imports);
        let mut exports = ExportSection::new();
        exports.export("__wbindgen_start", ExportKind::Func, 0);
        exports.export("memory_of_ours", ExportKind::Func, 1);
        module.section(&exports);
        let script = "({__wbg_get_0123456789abcdef: f, __wbg_get_01: g}); wasm.__wbindgen_start(); x.theirs";
        let (program, script) = shorten(&module.finish(), script).expect("it is understood");
        assert_eq!(script, "({$0: f, __wbg_get_01: g}); wasm.$1(); x.theirs");
        let (imports, exports) = names(&program);
        assert_eq!(imports, ["$0", "theirs"]);
        assert_eq!(exports, ["$1", "memory_of_ours"]);
    }

    #[test]
    fn unused_classes_go_from_the_script_whole() {
        let script = "export class Engine {\n    free() {\n    }\n}\nexport class IntoUnderlyingSink {\n    free() {\n    }\n}\n\
                      if (Symbol.dispose) IntoUnderlyingSink.prototype.x = 1;\nconst IntoUnderlyingSinkFinalization = a\n    ? b\n    : c;\nf();\n";
        assert_eq!(without_unused(script), "export class Engine {\n    free() {\n    }\n}\nf();\n");
    }

    #[test]
    fn what_is_no_program_is_refused() {
        assert!(shorten(b"nonsense", "").is_err());
    }
}
