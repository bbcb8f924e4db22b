//! From what a person wrote to rules, or to the sentence that says what is wrong.

use std::fmt::Display;
use std::str::FromStr;

use event::{AlertState, Band, BandMode, Name, Severity, Style};
use schedule::{Duration, Times, Window, Zone};

use super::{BandRule, Comparison, Extend, Group, Mode, Release, Rules, SeverityTest, Wait, When, cover};
use crate::problem::StyleProblem;

/// The wait of a band that says nothing, and of the built-in style.
pub(crate) const WAIT_DEFAULT_S: u32 = 60;

/// More than a person keeps in mind, and few enough to look at each for each alert.
const BANDS_MAX: usize = 64;

impl Rules {
    /// Reads a style; where it names no zone, `fallback_zone` (the person's) holds.
    ///
    /// # Errors
    /// The first thing that cannot be, with its place, such as `band[1].when`. Whether the
    /// addresses exist is the caller's to check: see [`Rules::addresses`].
    pub fn compile(style: &Style, fallback_zone: &Zone) -> Result<Rules, StyleProblem> {
        let zone = match &style.zone {
            Some(name) => Zone::new(name).map_err(|e| StyleProblem::at("zone", e))?,
            None => fallback_zone.clone(),
        };
        let mut windows = Vec::new();
        for (name, text) in &style.windows {
            let window = Window::parse(text).map_err(|e| StyleProblem::at(format!("windows.{name}"), e))?;
            windows.push((name.as_str(), window));
        }
        if style.bands.is_empty() {
            return Err(StyleProblem::at(
                "band",
                "a style needs a band at least: it says who is told, and how",
            ));
        }
        if style.bands.len() > BANDS_MAX {
            return Err(StyleProblem::at("band", format!("more than {BANDS_MAX} bands")));
        }
        let mut rules = Rules { zone, bands: Vec::new(), warnings: Vec::new() };
        for (index, band) in style.bands.iter().enumerate() {
            rules.bands.push(Reader { band, index, windows: &windows }.read()?);
        }
        rules.warnings = cover::examine(&rules)?;
        Ok(rules)
    }

    /// What holds for a person who made no style: inbox, and mail where there is one, after a minute.
    pub fn built_in(has_mail: bool) -> Rules {
        let names = if has_mail { &["inbox", "mail"][..] } else { &["inbox"] };
        Rules::simple(names, WAIT_DEFAULT_S)
    }

    /// Everything to the inbox, without waiting: for the daemon's own.
    pub fn at_once() -> Rules {
        Rules::simple(&["inbox"], 0)
    }

    /// One band, of names that are names.
    fn simple(names: &[&str], wait_s: u32) -> Rules {
        let band = BandRule {
            severity: None,
            state: None,
            when: When::Always,
            addresses: names.iter().filter_map(|name| Name::new(name).ok()).collect(),
            mode: Mode::Wait(Wait { wait: Duration::from_s(wait_s), extend: None, lookback: None }),
            release: Release::default(),
            group_by: Vec::new(),
            max_items: None,
        };
        Rules { zone: Zone::utc(), bands: vec![band], warnings: Vec::new() }
    }
}

/// Reads one band.
struct Reader<'a> {
    band: &'a Band,
    index: usize,
    windows: &'a [(&'a str, Window)],
}

impl Reader<'_> {
    fn read(&self) -> Result<BandRule, StyleProblem> {
        let mode = self.mode()?;
        self.refuse_useless(&mode)?;
        let band = self.band;
        if band.channels.is_empty() && !matches!(mode, Mode::Drop) {
            return Err(self.problem("channels", "no address is named: such as channels = [\"inbox\"]"));
        }
        if band.max_items == Some(0) {
            return Err(self.problem("max_items", "a message holds one alert at least"));
        }
        Ok(BandRule {
            severity: self.optional("severity", band.severity.as_deref())?,
            state: self.optional::<AlertState>("state", band.state.as_deref())?,
            when: self.when()?,
            addresses: self.each("channels", &band.channels)?,
            mode,
            release: self.optional("on_release", band.on_release.as_deref())?.unwrap_or_default(),
            group_by: self.each("group_by", &band.group_by)?,
            max_items: band.max_items,
        })
    }

    fn mode(&self) -> Result<Mode, StyleProblem> {
        let band = self.band;
        let times = match &band.digest[..] {
            [] => None,
            texts => Some(Times::parse(texts).map_err(|e| self.problem("digest", e))?),
        };
        Ok(match (band.mode.unwrap_or(BandMode::Send), times) {
            (BandMode::Send, Some(times)) => Mode::Digest(times),
            (BandMode::Send, None) => Mode::Wait(self.wait()?),
            (BandMode::Hold, times) => Mode::Hold(times),
            (BandMode::Drop, _) => Mode::Drop,
        })
    }

    fn wait(&self) -> Result<Wait, StyleProblem> {
        let band = self.band;
        let wait: Duration =
            self.optional("wait", band.wait.as_deref())?.unwrap_or(Duration::from_s(WAIT_DEFAULT_S));
        let max_wait: Option<Duration> = self.optional("max_wait", band.max_wait.as_deref())?;
        if max_wait.is_some_and(|max| max < wait) {
            return Err(self.problem("max_wait", format!("it is shorter than the wait of {wait}")));
        }
        let extend = match (self.optional("extend", band.extend.as_deref())?, max_wait) {
            (Some(_), None) => {
                let sentence = "it needs `max_wait`: else a steady stream would never be sent";
                return Err(self.problem("extend", sentence));
            }
            (by, max_wait) => by.zip(max_wait).map(|(by, max_wait)| Extend { by, max_wait }),
        };
        let lookback: Option<Duration> = self.optional("lookback", band.lookback.as_deref())?;
        let lookback = match band.first.as_deref() {
            Some("now") => Some(lookback.unwrap_or(wait)),
            Some("wait") | None if lookback.is_some() => {
                return Err(self.problem("lookback", "it has no use without first = \"now\""));
            }
            Some("wait") | None => None,
            Some(other) => return Err(self.problem("first", unknown(other, &["now", "wait"]))),
        };
        Ok(Wait { wait, extend, lookback })
    }

    fn when(&self) -> Result<When, StyleProblem> {
        let Some(text) = self.band.when.as_deref().map(str::trim) else {
            return Ok(When::Always);
        };
        let (outside, text) = match text.strip_prefix('!') {
            Some(rest) => (true, rest.trim()),
            None => (false, text),
        };
        let window = match self.windows.iter().find(|(name, _)| *name == text) {
            Some((_, window)) => window.clone(),
            None => Window::parse(text).map_err(|e| self.problem("when", self.no_window(text, &e)))?,
        };
        Ok(if outside { When::Outside(window) } else { When::Inside(window) })
    }

    /// A single word was meant as a name; anything else as a window.
    fn no_window(&self, text: &str, problem: &dyn Display) -> String {
        if text.is_empty() || text.contains([' ', ':', ',', ';']) {
            return problem.to_string();
        }
        let known: Vec<&str> = self.windows.iter().map(|(name, _)| *name).collect();
        match known[..] {
            [] => format!("{problem}; and this style has no windows"),
            _ => format!("{problem}; the windows of this style are {}", known.join(", ")),
        }
    }

    /// A key that has no effect is a misunderstanding, and better seen now than at night.
    fn refuse_useless(&self, mode: &Mode) -> Result<(), StyleProblem> {
        let band = self.band;
        let waits = [
            ("wait", band.wait.is_some()),
            ("extend", band.extend.is_some()),
            ("max_wait", band.max_wait.is_some()),
            ("first", band.first.is_some()),
            ("lookback", band.lookback.is_some()),
        ];
        let release = [("on_release", band.on_release.is_some())];
        let rest = [
            ("channels", !band.channels.is_empty()),
            ("digest", !band.digest.is_empty()),
            ("group_by", !band.group_by.is_empty()),
            ("max_items", band.max_items.is_some()),
        ];
        let (useless, why) = match mode {
            Mode::Wait(_) => (release.to_vec(), "a band that neither holds nor has digest times"),
            Mode::Digest(_) => (waits.to_vec(), "a band with digest times"),
            Mode::Hold(_) => (waits.to_vec(), "a band that holds"),
            Mode::Drop => ([&waits[..], &release, &rest].concat(), "a band that drops"),
        };
        match useless.iter().find(|(_, given)| *given) {
            Some((key, _)) => Err(self.problem(key, format!("it has no use in {why}"))),
            None => Ok(()),
        }
    }

    fn optional<T: FromStr<Err: Display>>(
        &self,
        key: &str,
        text: Option<&str>,
    ) -> Result<Option<T>, StyleProblem> {
        text.map(|text| text.trim().parse().map_err(|e| self.problem(key, e))).transpose()
    }

    fn each<T: FromStr<Err: Display>>(&self, key: &str, texts: &[String]) -> Result<Vec<T>, StyleProblem> {
        let read =
            |(i, text): (usize, &String)| text.parse().map_err(|e| self.problem(&format!("{key}[{i}]"), e));
        texts.iter().enumerate().map(read).collect()
    }

    fn problem(&self, key: &str, sentence: impl Display) -> StyleProblem {
        StyleProblem::at(format!("band[{}].{key}", self.index), sentence)
    }
}

fn unknown(word: &str, known: &[&str]) -> String {
    let word: String = word.chars().filter(|c| !c.is_control()).take(40).collect();
    format!("`{word}` is not known: use one of {}", known.join(", "))
}

/// `critical`, `>=warning`, `<error`, …
impl FromStr for SeverityTest {
    type Err = event::UnknownWord;

    fn from_str(text: &str) -> Result<SeverityTest, event::UnknownWord> {
        let (comparison, word) = [
            (">=", Comparison::AtLeast),
            ("<=", Comparison::AtMost),
            (">", Comparison::Above),
            ("<", Comparison::Below),
            ("=", Comparison::Equal),
        ]
        .into_iter()
        .find_map(|(sign, comparison)| Some((comparison, text.strip_prefix(sign)?)))
        .unwrap_or((Comparison::Equal, text));
        let bound: Severity = word.trim().parse()?;
        Ok(SeverityTest { comparison, bound })
    }
}

impl FromStr for Release {
    type Err = String;

    fn from_str(word: &str) -> Result<Release, String> {
        match word {
            "summary" => Ok(Release::Summary),
            "firing" => Ok(Release::Firing),
            "all" => Ok(Release::All),
            _ => Err(unknown(word, &["summary", "firing", "all"])),
        }
    }
}

impl FromStr for Group {
    type Err = String;

    fn from_str(text: &str) -> Result<Group, String> {
        let path = text.strip_prefix("data.").unwrap_or(text);
        match text {
            "handler" => Ok(Group::Handler),
            "subscription" => Ok(Group::Subscription),
            "severity" => Ok(Group::Severity),
            _ if path.split('.').any(|step| step.is_empty()) => {
                Err("it is neither handler, subscription, severity nor a field such as disk.host".to_owned())
            }
            _ => Ok(Group::Data(path.split('.').map(str::to_owned).collect())),
        }
    }
}
