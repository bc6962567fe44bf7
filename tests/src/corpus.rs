//! Real files of others, which are not part of the project: `FOND_CORPUS` names their folder.
//!
//! Without it a test says so on one line and passes; with it nothing may be missing, so no test is skipped
//! by a slip of the path. Rule: D-38.

use std::io::Write;
use std::path::PathBuf;

/// The folder of real files, if it is named.
///
/// # Panics
/// When the folder is named and does not exist.
#[must_use]
pub fn corpus() -> Option<PathBuf> {
    let Some(folder) = std::env::var_os("FOND_CORPUS").map(PathBuf::from) else {
        // Straight to the stream: what goes through `eprintln!` is hidden when a test passes.
        let _ = writeln!(
            std::io::stderr(),
            "FOND_CORPUS is not set: real files are not read by this test"
        );
        return None;
    };
    assert!(
        folder.is_dir(),
        "FOND_CORPUS names {}, which is no folder",
        folder.display()
    );
    Some(folder)
}
