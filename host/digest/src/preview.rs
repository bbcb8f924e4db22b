//! Where an alert would go now, and where at other times: `style preview`.

use event::{Name, Timestamp};
use schedule::Zone;

use crate::plan::timing::Timing;
use crate::plan::{Target, inbox, targets};
use crate::rules::{Case, Mode, Rules, Ruling};
use crate::time::moment;

/// One band and one of its addresses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreviewLine {
    /// Counted from 1, as people count; none: no band ever takes such an alert.
    pub band: Option<u32>,
    /// None: the band drops.
    pub address: Option<Name>,
    /// When the message would be sent, or when the band begins to govern.
    pub at: Option<Timestamp>,
    pub text: String,
}

/// Where a first alert of this kind would go now, the governing band first; then the
/// bands that take such alerts at other times.
pub fn preview(rules: &Rules, addresses: &[Name], case: Case, now: Timestamp) -> Vec<PreviewLine> {
    let ruling = rules.ruling(case, now);
    let due = Timing::of(&ruling, rules, case, now).due(None, false, || None);
    let (governing, mut lines) = match &ruling {
        Ruling::Governs(band, rule) if matches!(rule.mode, Mode::Drop) => {
            (Some(*band), vec![line(*band, None, None, "now dropped".to_owned())])
        }
        Ruling::Governs(band, rule) => {
            let how = format!("at {} ({})", show(&rules.zone, due), rule.mode);
            (Some(*band), tell(rules, addresses, *band, due, &how))
        }
        Ruling::Later(band, ..) => {
            let how =
                format!("at {} (no band takes it now: held until this one begins)", show(&rules.zone, due));
            (Some(*band), tell(rules, addresses, *band, due, &how))
        }
        Ruling::Never => {
            let text = format!("inbox at {} (no band ever takes it)", show(&rules.zone, due));
            (None, vec![PreviewLine { band: None, address: Some(inbox()), at: Some(due), text }])
        }
    };
    for (band, rule) in rules.bands.iter().enumerate().filter(|(band, _)| Some(*band) != governing) {
        let Some(begins) = rules.next_turn(case, now, |next| next == Some(band)) else { continue };
        let from = format!("from {} on", show(&rules.zone, begins));
        if matches!(rule.mode, Mode::Drop) {
            lines.push(line(band, None, Some(begins), format!("dropped {from}")));
        } else {
            lines.extend(tell(rules, addresses, band, begins, &format!("{from} ({})", rule.mode)));
        }
    }
    lines
}

fn tell(rules: &Rules, addresses: &[Name], band: usize, at: Timestamp, how: &str) -> Vec<PreviewLine> {
    targets(&rules.bands[band], addresses)
        .into_iter()
        .map(|Target { address, remark }| {
            let text = format!("{address} {how}{remark}");
            line(band, Some(address), Some(at), text)
        })
        .collect()
}

fn line(band: usize, address: Option<Name>, at: Option<Timestamp>, text: String) -> PreviewLine {
    PreviewLine { band: Some(band as u32 + 1), address, at, text: format!("band {}: {text}", band + 1) }
}

fn show(zone: &Zone, t: Timestamp) -> String {
    zone.show(moment(t))
}
