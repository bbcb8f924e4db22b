//! The engine, what it offers to which kind, and how bytes become a plugin.

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use event::{Manifest, PluginKind};
use sha2::{Digest, Sha256};
use wasmtime::component::{Component, Linker};
use wasmtime::{Config as EngineConfig, Engine, EngineWeak};

use crate::cache::Cache;
use crate::compiler::Children;
use crate::component::{Shape, refusal, sniff};
use crate::exports::KINDS;
use crate::guest::Guest;
use crate::plugin::{Plugin, Unfit};
use crate::{Compiler, HostError, InterfaceVersion, Limits, LoadError, imports, manifest, wasi};

#[derive(Clone, Debug, Default)]
pub struct HostOptions {
    pub limits: Limits,
    pub pace: Pace,
    pub instances: Instances,
    /// Where compiled plugins are kept between starts; none: they are compiled each time.
    pub cache_dir: Option<PathBuf>,
    pub compiler: Compiler,
}

/// By what is measured how long a call computes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Pace {
    /// By the machine's time: [`Limits::cpu`] and [`Limits::wall`].
    #[default]
    Time,
    /// By the engine's count of what the guest does, about one for each instruction. So a
    /// call ends at the same place whenever it is made again, and no clock is needed.
    Fuel(u64),
}

/// How long the instance of a handler serves. Its memory is a cache and nothing else, so
/// the outcomes are the same.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Instances {
    #[default]
    OneForABatch,
    OneForACall,
}

/// Runs plugins. Cheap to clone.
#[derive(Clone)]
pub struct Host {
    inner: Arc<Inner>,
}

struct Inner {
    engine: Engine,
    limits: Arc<Limits>,
    pace: Pace,
    instances: Instances,
    cache: Option<Cache>,
    /// None: components are compiled here.
    children: Option<Children>,
    /// What each kind is offered in each version: two versions of one interface would be in
    /// each other's way in one linker.
    linkers: HashMap<(InterfaceVersion, PluginKind), Linker<Guest>>,
}

impl Host {
    /// Starts the engine, and a thread that lets time pass for its guests if that is their pace.
    pub fn new(options: HostOptions) -> Result<Host, HostError> {
        let HostOptions { limits, pace, instances, cache_dir, compiler } = options;
        let engine = engine(pace, true).map_err(|e| HostError::Engine(format!("{e:#}")))?;
        let cache = cache_dir.map(|folder| Cache::open(&folder, &engine)).transpose()?;
        let children = match compiler {
            Compiler::Here => None,
            Compiler::Child(_) if cache.is_none() => return Err(HostError::NoCache),
            Compiler::Child(child) => Some(Children::new(child)),
        };
        let linkers = linkers(&engine).map_err(|e| HostError::Engine(format!("{e:#}")))?;
        if pace == Pace::Time {
            let_time_pass(&engine, limits.tick).map_err(|e| HostError::Engine(e.to_string()))?;
        }
        let limits = Arc::new(limits);
        Ok(Host { inner: Arc::new(Inner { engine, limits, pace, instances, cache, children, linkers }) })
    }

    /// Makes a plugin of a component's bytes: compiles them, or takes what was
    /// compiled before, and starts it once to see that it fits. Blocks; compiling
    /// takes about a second for each megabyte.
    pub fn load(&self, bytes: Arc<[u8]>) -> Result<Plugin, LoadError> {
        let limit = self.inner.limits.component_bytes;
        if bytes.len() > limit {
            return Err(LoadError::TooLarge { bytes: bytes.len(), limit });
        }
        sniff(&bytes)?;
        let sha256 = sha256(&bytes);
        // One that cannot be read is refused where plugins are installed.
        let manifest = manifest::read(&bytes).ok().flatten();
        let cached = self.inner.cache.as_ref().and_then(|cache| cache.load(&sha256, &self.inner.engine));
        match cached {
            Some(component) => self.link(&component, manifest.as_ref(), &sha256),
            None => self.compile(&bytes, manifest.as_ref(), &sha256),
        }
    }

    /// Only what turns out to be a plugin is kept.
    fn compile(&self, bytes: &[u8], manifest: Option<&Manifest>, sha256: &str) -> Result<Plugin, LoadError> {
        let Inner { engine, cache, children, .. } = &*self.inner;
        match (children, cache) {
            (Some(children), Some(cache)) => {
                let unusable = |e: io::Error| LoadError::NoCompiler(format!("in the cache: {e}"));
                let (draft, file) = cache.draft().map_err(unusable)?;
                children.compile(bytes, file)?;
                let component = draft.load(engine).map_err(|e| LoadError::NoCompiler(format!("{e:#}")))?;
                let plugin = self.link(&component, manifest, sha256)?;
                cache.keep(draft, sha256);
                Ok(plugin)
            }
            (_, cache) => {
                let component = Component::new(engine, bytes).map_err(|e| refusal(&format!("{e:#}")))?;
                let plugin = self.link(&component, manifest, sha256)?;
                if let Some(cache) = cache {
                    cache.store(sha256, &component);
                }
                Ok(plugin)
            }
        }
    }

    /// Whether [`Host::load`] of these bytes would find them compiled.
    pub fn is_cached(&self, bytes: &[u8]) -> bool {
        self.inner.cache.as_ref().is_some_and(|cache| cache.holds(&sha256(bytes)))
    }

    pub fn limits(&self) -> &Limits {
        &self.inner.limits
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.inner.engine
    }

    pub(crate) fn pace(&self) -> Pace {
        self.inner.pace
    }

    pub(crate) fn instances(&self) -> Instances {
        self.inner.instances
    }

    pub(crate) fn shared_limits(&self) -> &Arc<Limits> {
        &self.inner.limits
    }

    fn link(
        &self,
        component: &Component,
        manifest: Option<&Manifest>,
        sha256: &str,
    ) -> Result<Plugin, LoadError> {
        let shape = Shape::of(component, &self.inner.engine);
        let (kind, version) = shape.kind()?;
        shape.check_imports(kind)?;
        let misfit = |e: wasmtime::Error| shape.misfit(kind, version, &format!("{e:#}"));
        let mut linker = self.inner.linkers[&(version, kind)].clone();
        wasi::refuse_the_rest(&mut linker, component, &self.inner.engine).map_err(misfit)?;
        let pre = linker.instantiate_pre(component).map_err(misfit)?;
        Plugin::new(self.clone(), (kind, version), manifest, sha256.to_owned(), pre).map_err(|unfit| {
            match unfit {
                Unfit::Misfit(reason) => shape.misfit(kind, version, &reason),
                Unfit::DoesNotStart(error) => LoadError::DoesNotStart(error.to_string()),
            }
        })
    }
}

fn let_time_pass(engine: &Engine, tick: Duration) -> io::Result<()> {
    let weak = engine.weak();
    let tick_on = move || {
        while let Some(()) = tick_once(&weak) {
            thread::sleep(tick)
        }
    };
    thread::Builder::new().name("plugin-ticks".into()).spawn(tick_on).map(drop)
}

/// One tick; none when the engine is gone.
fn tick_once(engine: &EngineWeak) -> Option<()> {
    engine.upgrade().map(|engine| engine.increment_epoch())
}

/// Two engines that differ in `parallel` alone run each other's code.
pub(crate) fn engine(pace: Pace, parallel: bool) -> wasmtime::Result<Engine> {
    let mut config = EngineConfig::new();
    config
        .parallel_compilation(parallel)
        .epoch_interruption(pace == Pace::Time)
        .consume_fuel(matches!(pace, Pace::Fuel(_)))
        // Our interface is synchronous; without this, each call sets up the machinery of tasks.
        .concurrency_support(false)
        // A component made of several has code between their memories, which wasmtime writes.
        .wasm_multi_memory(true)
        // What no plugin needs is no way in.
        .wasm_memory64(false)
        .wasm_tail_call(false)
        .wasm_relaxed_simd(false);
    Engine::new(&config)
}

fn linkers(engine: &Engine) -> wasmtime::Result<HashMap<(InterfaceVersion, PluginKind), Linker<Guest>>> {
    let mut wasi = Linker::new(engine);
    wasi::link(&mut wasi)?;
    let mut linkers = HashMap::new();
    for version in InterfaceVersion::SERVED {
        for (kind, _) in KINDS {
            let mut linker = wasi.clone();
            imports::link(&mut linker, version, *kind)?;
            linkers.insert((version, *kind), linker);
        }
    }
    Ok(linkers)
}

/// The hash by which a component is known, in lower-case hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}
