//! Writes the seeds into a folder, one below it for each target: `cargo run --example write_seeds -- fuzz/corpus`.

use std::path::PathBuf;

use segue_fuzz::seeds;

fn main() -> std::io::Result<()> {
    let Some(folder) = std::env::args_os().nth(1).map(PathBuf::from) else {
        return Err(std::io::Error::other("name the folder to write to, such as fuzz/corpus"));
    };
    for (target, name, bytes) in seeds::all() {
        std::fs::create_dir_all(folder.join(target))?;
        std::fs::write(folder.join(target).join(name), bytes)?;
    }
    Ok(())
}
