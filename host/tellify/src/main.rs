//! See the library.

fn main() -> std::process::ExitCode {
    tellify::main()
}
