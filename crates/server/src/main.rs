//! The binary `fond`: hands its command line to the library.

fn main() -> std::process::ExitCode {
    server::command::main(std::env::args_os().collect())
}
