//! One instance of a plugin, and the one way to call into it.

use std::panic::{AssertUnwindSafe, catch_unwind};

use event::Timestamp;
use wasmtime::component::{Instance, InstancePre};
use wasmtime::{Store, Trap, UpdateDeadline, WasmBacktrace};

use crate::guest::{Call, Guest, Stop};
use crate::state::CallState;
use crate::{CallError, Host, Logs, Pace, TimeLimit, text};

/// A live instance. After a trap its store must not be entered again, so it is
/// spent then.
pub(crate) struct Running {
    store: Store<Guest>,
    instance: Instance,
    spent: bool,
}

/// What a call of an instance knows of its surroundings.
pub(crate) struct Scope<'a> {
    pub(crate) now: Timestamp,
    /// See [`Call::begin`].
    pub(crate) seed: &'a [&'a [u8]],
    pub(crate) state: Option<CallState>,
}

impl Scope<'_> {
    /// For what a plugin is asked outside of any time, such as its description.
    pub(crate) const TIMELESS: Scope<'static> = Scope { now: Timestamp(0), seed: &[], state: None };
}

impl Running {
    /// Instantiates, which runs the component's start functions, within the limits
    /// of a call.
    pub(crate) fn start(host: &Host, pre: &InstancePre<Guest>) -> Result<Running, CallError> {
        let limits = host.shared_limits();
        let mut store = Store::new(host.engine(), Guest::new(limits.clone(), host.pace()));
        store.limiter(|guest| &mut guest.meter);
        store.set_hostcall_fuel(limits.hostcall_bytes);
        store.set_max_component_handles(limits.handles);
        // The limits of a call are looked at with each tick; the deadline itself is one tick, always.
        store.epoch_deadline_callback(|store| match store.data().call.budget.passed() {
            None => Ok(UpdateDeadline::Continue(1)),
            Some(which) => Err(Stop::Time(which).into()),
        });
        let (started, _) = guarded(&mut store, Scope::TIMELESS, |store| pre.instantiate(store));
        Ok(Running { instance: started?, store, spent: false })
    }

    /// Calls into the instance and tells what became of it, what the guest said
    /// meanwhile, and the state with this call's writes.
    pub(crate) fn call<R>(
        &mut self,
        scope: Scope<'_>,
        f: impl FnOnce(&mut Store<Guest>, &Instance) -> wasmtime::Result<R>,
    ) -> (Result<R, CallError>, Logs, Option<CallState>) {
        let instance = self.instance;
        let (result, logs) = guarded(&mut self.store, scope, |store| f(store, &instance));
        self.spent |= result.is_err();
        (result, logs, self.store.data_mut().call.state.take())
    }

    /// Whether a trap or a time-out ended it: it cannot be called any more.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent
    }
}

fn guarded<R>(
    store: &mut Store<Guest>,
    scope: Scope<'_>,
    f: impl FnOnce(&mut Store<Guest>) -> wasmtime::Result<R>,
) -> (Result<R, CallError>, Logs) {
    let guest = store.data_mut();
    guest.meter.forget_refusal();
    guest.call = Call::begin(&guest.limits, scope.now, scope.seed, scope.state);
    if let Err(error) = wind_up(store) {
        return (Err(CallError::Host { message: error.to_string() }), Logs::default());
    }
    // A panic in the engine or in our own host functions must not take the caller's thread along.
    let outcome = catch_unwind(AssertUnwindSafe(|| f(store)));
    let guest = store.data_mut();
    let logs = guest.log.take(&guest.written);
    let result = match outcome {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(explain(&error, guest.meter.refused(), &logs, guest.pace)),
        Err(_) => Err(CallError::Host { message: "the plugin host panicked in this call".into() }),
    };
    (result, logs)
}

/// Gives the guest the time, or the work, of one call.
fn wind_up(store: &mut Store<Guest>) -> wasmtime::Result<()> {
    match store.data().pace {
        Pace::Time => store.set_epoch_deadline(1),
        Pace::Fuel(fuel) => store.set_fuel(fuel)?,
    }
    Ok(())
}

/// Tells what ended a call, in the order of certainty: what the host itself
/// decided, what the engine says, what was refused before the guest broke off.
fn explain(error: &wasmtime::Error, refused: Option<&str>, logs: &Logs, pace: Pace) -> CallError {
    let stack = stack(error, logs);
    match error.downcast_ref::<Stop>() {
        Some(Stop::Time(which)) => return CallError::Timeout { which: *which, stack },
        Some(Stop::Limit(what)) => return CallError::Limit { what: what.clone(), stack },
        Some(Stop::State(reason)) => return CallError::Host { message: reason.to_string() },
        None => {}
    }
    let trap = error.downcast_ref::<Trap>();
    if let (Some(Trap::OutOfFuel), Pace::Fuel(fuel)) = (trap, pace) {
        return CallError::Timeout { which: TimeLimit::Fuel(fuel), stack };
    }
    let message = error.root_cause().to_string();
    if let Some(what) = engine_limit(&message).or(refused) {
        return CallError::Limit { what: what.to_owned(), stack };
    }
    // A panic ends in `unreachable`; why is in the guest's last words.
    let panicked = matches!(trap, Some(Trap::UnreachableCodeReached));
    let message = logs.last_error().filter(|_| panicked).map_or(message, str::to_owned);
    CallError::Trap { message: text::message(&message), stack }
}

/// Limits that the engine keeps for us, known only by the text of its errors.
fn engine_limit(message: &str) -> Option<&'static str> {
    const TEXTS: &[(&str, &str)] = &[
        ("fuel allocated for hostcalls has been exhausted", "bytes handed to the host at once"),
        ("handle limit exceeded", "open handles"),
        ("resource limit exceeded", "instances, memories or tables"),
    ];
    TEXTS.iter().find(|(text, _)| message.contains(text)).map(|(_, what)| *what)
}

fn stack(error: &wasmtime::Error, logs: &Logs) -> String {
    let mut text = logs.to_string();
    if let Some(trace) = error.downcast_ref::<WasmBacktrace>() {
        text.push_str(&trace.to_string());
    }
    text
}
