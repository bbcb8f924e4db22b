//! WASI 0.2 with nothing behind it.
//!
//! Language runtimes import all of WASI whether they use it or not, so an import is
//! no request for power. Here standard input is at its end, standard output and
//! error are kept for the author, there is no environment, no argument, no file.
//! Clocks stand at the call's `now`, and whoever sleeps wakes at once: nothing that
//! a guest waits for here could end a call's wait but time, and time is bounded.
//! Sockets and `wasi:http` are left out; calling them is a trap.

use async_trait::async_trait;
use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime::Engine;
use wasmtime::component::types::ComponentItem;
use wasmtime::component::{
    Component, HasData, HasSelf, Linker, LinkerInstance, Resource, ResourceTable, ResourceType,
};
use wasmtime_wasi::cli::{IsTerminal, StdoutStream, WasiCli, WasiCliView};
use wasmtime_wasi::filesystem::{WasiFilesystem, WasiFilesystemView};
use wasmtime_wasi::p2::bindings::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::p2::bindings::random::{insecure, insecure_seed, random};
use wasmtime_wasi::p2::bindings::{cli, filesystem, sync};
use wasmtime_wasi::p2::{
    DynInputStream, DynOutputStream, DynPollable, IoError, OutputStream, Pollable, StreamResult, subscribe,
};

use crate::guest::{Guest, Stop};
use crate::logs::Ring;

/// The most random bytes that a guest may ask for at once.
const RANDOM_BYTES_MAX: u64 = 64 << 10;

/// What a stream takes in one write.
const WRITE_BYTES_MAX: usize = 64 << 10;

pub(crate) fn link(l: &mut Linker<Guest>) -> wasmtime::Result<()> {
    wasmtime_wasi_io::bindings::wasi::io::error::add_to_linker::<Guest, Table>(l, |g| &mut g.table)?;
    sync::io::poll::add_to_linker::<Guest, Table>(l, |g| &mut g.table)?;
    sync::io::streams::add_to_linker::<Guest, Table>(l, |g| &mut g.table)?;

    cli::exit::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::environment::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_input::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_output::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdin::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stdout::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;
    cli::terminal_stderr::add_to_linker::<Guest, WasiCli>(l, Guest::cli)?;

    filesystem::preopens::add_to_linker::<Guest, WasiFilesystem>(l, Guest::filesystem)?;
    sync::filesystem::types::add_to_linker::<Guest, WasiFilesystem>(l, Guest::filesystem)?;

    wall_clock::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
    monotonic_clock::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
    random::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
    insecure::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)?;
    insecure_seed::add_to_linker::<Guest, HasSelf<Guest>>(l, |g| g)
}

/// Defines what a component imports of sockets and `wasi:http`, each function as a
/// trap. (`Linker::define_unknown_imports_as_traps` would do so too for what *is*
/// linked, whenever the component names another 0.2.x than we do.)
pub(crate) fn refuse_the_rest(
    linker: &mut Linker<Guest>,
    component: &Component,
    engine: &Engine,
) -> wasmtime::Result<()> {
    for (name, import) in component.component_type().imports(engine) {
        let refused = ["wasi:sockets/", "wasi:http/"].iter().any(|package| name.starts_with(package));
        if let (true, ComponentItem::ComponentInstance(interface)) = (refused, import.ty) {
            let mut instance = linker.instance(name)?;
            for (item, export) in interface.exports(engine) {
                refuse(&mut instance, name, item, &export.ty)?;
            }
        }
    }
    Ok(())
}

fn refuse(
    instance: &mut LinkerInstance<'_, Guest>,
    interface: &str,
    item: &str,
    ty: &ComponentItem,
) -> wasmtime::Result<()> {
    match ty {
        ComponentItem::ComponentFunc(_) => {
            let message = format!("`{interface}#{item}` is offered to no plugin");
            instance.func_new(item, move |_, _, _, _| Err(wasmtime::Error::msg(message.clone())))
        }
        ComponentItem::Resource(_) => {
            // What these interfaces borrow from `wasi:io` must be the same type as there.
            let resource = match item {
                "input-stream" => ResourceType::host::<DynInputStream>(),
                "output-stream" => ResourceType::host::<DynOutputStream>(),
                "pollable" => ResourceType::host::<DynPollable>(),
                "io-error" => ResourceType::host::<IoError>(),
                _ => ResourceType::host::<Refused>(),
            };
            instance.resource(item, resource, |_, _| Ok(()))
        }
        _ => Ok(()),
    }
}

/// The type of every handle that nobody can ever get.
struct Refused;

struct Table;

impl HasData for Table {
    type Data<'a> = &'a mut ResourceTable;
}

impl wall_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        let ms = self.call.now.0.max(0).unsigned_abs();
        Ok(wall_clock::Datetime { seconds: ms / 1000, nanoseconds: (ms % 1000) as u32 * 1_000_000 })
    }

    fn resolution(&mut self) -> wasmtime::Result<wall_clock::Datetime> {
        Ok(wall_clock::Datetime { seconds: 0, nanoseconds: 1_000_000 })
    }
}

impl monotonic_clock::Host for Guest {
    fn now(&mut self) -> wasmtime::Result<u64> {
        Ok(self.call.now.0.max(0).unsigned_abs().saturating_mul(1_000_000))
    }

    fn resolution(&mut self) -> wasmtime::Result<u64> {
        Ok(1_000_000)
    }

    fn subscribe_instant(&mut self, _when: u64) -> wasmtime::Result<Resource<DynPollable>> {
        let ready = self.table.push(Ready)?;
        subscribe(&mut self.table, ready)
    }

    fn subscribe_duration(&mut self, _span: u64) -> wasmtime::Result<Resource<DynPollable>> {
        self.subscribe_instant(0)
    }
}

struct Ready;

#[async_trait]
impl Pollable for Ready {
    async fn ready(&mut self) {}
}

impl Guest {
    fn random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        if count > RANDOM_BYTES_MAX {
            return Err(Stop::Limit(format!("{RANDOM_BYTES_MAX} random bytes at once")).into());
        }
        Ok(self.call.random.bytes(count as usize))
    }
}

impl random::Host for Guest {
    fn get_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(count)
    }

    fn get_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.call.random.number())
    }
}

impl insecure::Host for Guest {
    fn get_insecure_random_bytes(&mut self, count: u64) -> wasmtime::Result<Vec<u8>> {
        self.random_bytes(count)
    }

    fn get_insecure_random_u64(&mut self) -> wasmtime::Result<u64> {
        Ok(self.call.random.number())
    }
}

impl insecure_seed::Host for Guest {
    fn insecure_seed(&mut self) -> wasmtime::Result<(u64, u64)> {
        Ok((self.call.random.number(), self.call.random.number()))
    }
}

impl IsTerminal for Ring {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Ring {
    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(self.clone())
    }

    /// For WASI 0.3, which is not linked.
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(tokio::io::sink())
    }
}

impl OutputStream for Ring {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        Ring::write(self, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(WRITE_BYTES_MAX)
    }
}

#[async_trait]
impl Pollable for Ring {
    async fn ready(&mut self) {}
}
