//! One instance of a plugin, and the one way to call into it.

use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use event::Timestamp;
use wasmtime::component::{ComponentNamedList, Instance, InstancePre, Lift, Lower, TypedFunc};
use wasmtime::{Store, Trap, UpdateDeadline, WasmBacktrace};

use crate::exports::Function;
use crate::guest::{Call, Guest, Stop};
use crate::known::{Known, Said};
use crate::state::CallState;
use crate::{
    CallError, Cost, Host, InterfaceVersion, Limits, Logs, Outside, Pace, TimeLimit, processor, text,
};

/// A live instance. After a trap its store must not be entered again, so it is
/// spent then.
pub(crate) struct Running {
    store: Store<Guest>,
    instance: Instance,
    version: InterfaceVersion,
    spent: bool,
    /// Of its start and all calls.
    cost: Cost,
}

/// What a call of an instance knows of its surroundings.
pub(crate) struct Scope<'a> {
    pub(crate) now: Timestamp,
    /// What distinguishes this call from others: the same seed, the same random numbers.
    pub(crate) seed: &'a [&'a [u8]],
    pub(crate) state: Option<CallState>,
    /// None: nothing is granted.
    pub(crate) outside: Option<Arc<dyn Outside>>,
    /// What whoever waits for the answer has left of their own time: the call takes no longer,
    /// whatever its limits say.
    pub(crate) within: Duration,
    /// What of the call's configuration is secret.
    pub(crate) known: Known,
}

impl Scope<'_> {
    /// For what a plugin is asked outside of any time, such as its description.
    pub(crate) const TIMELESS: Scope<'static> = Scope {
        now: Timestamp(0),
        seed: &[],
        state: None,
        outside: None,
        within: Duration::MAX,
        known: Known::none(),
    };
}

impl Running {
    /// Instantiates, which runs the component's start functions, within the limits
    /// of a call.
    pub(crate) fn start(
        host: &Host,
        limits: &Arc<Limits>,
        pre: &InstancePre<Guest>,
        version: InterfaceVersion,
    ) -> Result<Running, CallError> {
        if host.pace() == Pace::Time {
            processor::note();
        }
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
        let cost = Cost::default().with(store.data());
        Ok(Running { instance: started?, store, version, spent: false, cost })
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
        self.cost = self.cost.with(self.store.data());
        (result, logs, self.store.data_mut().call.state.take())
    }

    /// Finds a function in the instance and calls it, all as one call.
    pub(crate) fn ask<P, R>(
        &mut self,
        scope: Scope<'_>,
        function: &Function<P, R>,
        params: P,
    ) -> (Result<R, CallError>, Logs, Option<CallState>)
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: 'static,
        (R,): ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let version = self.version;
        self.call(scope, |store, instance| {
            let function = function.find(store, instance, version)?;
            let (answer,) = function.call(store, params)?;
            Ok(answer)
        })
    }

    /// Finds a function that is to be called often.
    pub(crate) fn find<P, R>(&mut self, function: &Function<P, R>) -> Result<TypedFunc<P, (R,)>, CallError>
    where
        P: ComponentNamedList + Lower + Send + Sync + 'static,
        R: 'static,
        (R,): ComponentNamedList + Lift + Send + Sync + 'static,
    {
        let version = self.version;
        self.call(Scope::TIMELESS, |store, instance| function.find(store, instance, version)).0
    }

    /// Takes out of an answer what its guest was told in confidence.
    pub(crate) fn hide(&self, said: &mut impl Said) {
        said.hide(&self.store.data().known);
    }

    pub(crate) fn cost(&self) -> Cost {
        self.cost
    }

    /// Whether a trap or a time-out ended it: it cannot be called any more.
    pub(crate) fn is_spent(&self) -> bool {
        self.spent
    }
}

impl Cost {
    /// With what the call took that has just ended.
    fn with(self, guest: &Guest) -> Cost {
        let (cpu, wall) = guest.call.budget.spent();
        Cost {
            cpu: self.cpu + cpu,
            wall: self.wall + wall,
            memory_bytes: guest.meter.memory_bytes(),
            host_calls: self.host_calls + guest.call.host_calls,
        }
    }
}

fn guarded<R>(
    store: &mut Store<Guest>,
    mut scope: Scope<'_>,
    f: impl FnOnce(&mut Store<Guest>) -> wasmtime::Result<R>,
) -> (Result<R, CallError>, Logs) {
    let guest = store.data_mut();
    guest.known.add_all(mem::take(&mut scope.known));
    guest.meter.forget_refusal();
    guest.call = Call::begin(&guest.limits, scope);
    if let Err(error) = wind_up(store) {
        return (Err(CallError::Host { message: error.to_string() }), Logs::default());
    }
    // A panic in the engine or in our own host functions must not take the caller's thread along.
    let outcome = catch_unwind(AssertUnwindSafe(|| f(store)));
    let guest = store.data_mut();
    let logs = guest.known.logs(guest.log.take(&guest.written));
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
        ("resource table has no free keys", "open handles"),
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
