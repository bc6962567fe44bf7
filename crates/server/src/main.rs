//! The binary `fond`: hands its command line to the library.

/// Reading and indexing make and drop small texts by the million; this takes a sixth off both.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    server::command::main(std::env::args_os().collect())
}
