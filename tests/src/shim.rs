//! The shim of `tests/shim/disk.c`: built by the C compiler of the machine, preloaded into the program.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::house::root;

/// The built shim.
pub struct Shim(PathBuf);

impl Shim {
    /// Builds it once; without a C compiler one line says so and the test has nothing to do.
    #[must_use]
    pub fn built() -> Option<Self> {
        static BUILT: OnceLock<Option<PathBuf>> = OnceLock::new();
        BUILT.get_or_init(build).clone().map(Self)
    }

    /// The program with the shim over this folder; settings are those of the C file.
    #[must_use]
    pub fn command(&self, program: &Path, under: &Path, settings: &[(&str, &Path)]) -> Command {
        let mut command = Command::new(program);
        command.env("LD_PRELOAD", &self.0).env("SHIM_UNDER", under);
        for (name, value) in settings {
            command.env(name, value);
        }
        command
    }
}

fn build() -> Option<PathBuf> {
    let source = root().join("tests/shim/disk.c");
    let folder = std::env::current_exe().ok()?.parent()?.to_owned();
    let target = folder.join("libfond-test-disk.so");
    let making = folder.join(format!("libfond-test-disk.{}.so", std::process::id()));
    let built = Command::new("cc")
        .args(["-O1", "-Wall", "-shared", "-fPIC", "-o"])
        .arg(&making)
        .arg(&source)
        .args(["-ldl", "-lpthread"])
        .status();
    match built {
        Ok(status) if status.success() => {
            std::fs::rename(&making, &target).ok()?;
            Some(target)
        }
        Ok(_) | Err(_) => {
            // Straight to the stream: what goes through `eprintln!` is hidden when a test passes.
            let _ = writeln!(
                std::io::stderr(),
                "skipped: no C compiler for {}",
                source.display()
            );
            None
        }
    }
}
