//! The binary `fond`: hands its command line to the library.

use rustix::fs::Mode;

/// Reading and indexing make and drop small texts by the million; this takes a sixth off both.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    // Whatever is written, by whichever library, is for the owner of the process alone.
    rustix::process::umask(Mode::RWXG | Mode::RWXO);
    server::command::main(std::env::args_os().collect())
}
