//! Wall-clock time: zones, weekly windows, daily times, cron expressions, durations.
//!
//! One job: to say when something that people wrote in local time happens. All of it
//! is pure: a zone and a moment in, a moment out. Moments are [`jiff::Timestamp`].
//!
//! **Daylight saving, one rule for all.** A *point* (a daily time, a fixed cron job)
//! that falls into the hour that is skipped happens at the instant of the change; one
//! in the hour that comes twice happens the first time. A *range* (a window, a cron job
//! whose minute or hour begins with `*`) covers what the wall clock shows: nothing of
//! the skipped hour, and the repeated hour twice.
//!
//! Deliberately absent: fixed offsets as zones, calendars and holidays (they come with
//! iCal feeds), and the wall clock of this machine.

mod cron;
mod duration;
mod error;
mod times;
mod window;
mod zone;

pub use crate::cron::Cron;
pub use crate::duration::Duration;
pub use crate::error::ScheduleError;
pub use crate::times::Times;
pub use crate::window::Window;
pub use crate::zone::Zone;
