//! Styles: a person's delivery rules, checked before they are saved.

use api::{Caller, List, PreviewAt, PreviewLine, Problem, SavedStyles, Style, StyleBody, StyleRules};
use digest::{Case, Place, Rules, StyleParts, StyleProblem, styles_from_toml};
use event::{Expect, Name, Person, Record, Scope};

use super::{Answer, Backend, answer, authority};
use crate::people;

impl Backend {
    /// All styles of the body, or none of them.
    pub(super) async fn new_styles(
        &self,
        caller: &Caller,
        user: Name,
        body: StyleBody,
    ) -> Answer<SavedStyles> {
        let person = self.owner(caller, &user)?;
        let styles = match body {
            StyleBody::Toml(text) => {
                parse(&text)?.into_iter().map(|parts| parts.for_person(person.name.clone())).collect()
            }
            StyleBody::Rules(rules) => {
                let name = rules.name.clone();
                let name = name
                    .ok_or_else(|| Problem::bad_request("A new style needs a name.").at_pointer("/name"))?;
                let default = rules.default.unwrap_or(false);
                vec![from_rules(&person, name, rules, default)]
            }
        };
        self.save(&person, styles, Expect::New).await
    }

    pub(super) async fn rewrite_style(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        body: StyleBody,
    ) -> Answer<SavedStyles> {
        let person = self.owner(caller, &user)?;
        let old = self.known_style(&person, &name)?;
        let new = match body {
            StyleBody::Rules(rules) => {
                let default = rules.default.unwrap_or(old.default);
                from_rules(&person, name, rules, default)
            }
            StyleBody::Toml(text) => {
                let one: [StyleParts; 1] = parse(&text)?.try_into().map_err(|styles: Vec<StyleParts>| {
                    Problem::bad_request(format!(
                        "One style is replaced by one, and the text holds {}.",
                        styles.len()
                    ))
                })?;
                let [parts] = one;
                let default = parts.default || old.default;
                StyleParts { name, default, ..parts }.for_person(person.name.clone())
            }
        };
        self.save(&person, vec![new], Expect::Present).await
    }

    pub(super) fn styles(&self, caller: &Caller, user: Name) -> Answer<List<Style>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let person = self.person(caller, Some(&user))?;
        let styles = self.view()?.styles(&person.name).map_err(answer::internal)?;
        Ok(List::whole(styles.into_iter().map(Style::from).collect()))
    }

    pub(super) fn style(&self, caller: &Caller, user: Name, name: Name) -> Answer<Style> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let person = self.person(caller, Some(&user))?;
        self.known_style(&person, &name).map(Style::from)
    }

    pub(super) async fn end_style(&self, caller: &Caller, user: Name, name: Name) -> Answer<()> {
        let person = self.owner(caller, &user)?;
        if self.known_style(&person, &name)?.default {
            return Err(Problem::conflict(format!(
                "style `{name}` serves every subscription of `{user}` that names no style: make another one \
                 the default first"
            )));
        }
        self.write(Record::StyleRemoved { person: person.name, name }).await?;
        Ok(())
    }

    pub(super) fn preview(
        &self,
        caller: &Caller,
        user: Name,
        name: Name,
        at: PreviewAt,
    ) -> Answer<List<PreviewLine>> {
        authority(caller).need(Scope::Read).map_err(answer::denied)?;
        let person = self.person(caller, Some(&user))?;
        let style = self.known_style(&person, &name)?;
        let rules = self.compile(&person, &style)?;
        let case = Case { severity: at.severity, state: at.state };
        let now = at.at.unwrap_or_else(|| self.clock.now());
        let addresses = people::address_names(&self.view()?, &person.name).map_err(answer::internal)?;
        let lines = digest::preview(&rules, &addresses, case, now);
        let line = |line: digest::PreviewLine| PreviewLine {
            address: line.address,
            due: line.at.map(api::Time),
            text: line.text,
        };
        Ok(List::whole(lines.into_iter().map(line).collect()))
    }

    async fn save(&self, person: &Person, styles: Vec<event::Style>, expect: Expect) -> Answer<SavedStyles> {
        let known = people::address_names(&self.view()?, &person.name).map_err(answer::internal)?;
        let mut warnings = Vec::new();
        for style in &styles {
            let rules = self.compile(person, style)?;
            if let Some(missing) = rules.addresses().into_iter().find(|name| !known.contains(name)) {
                let names: Vec<&str> = known.iter().map(Name::as_str).collect();
                return Err(Problem::bad_request(format!(
                    "style {}: `{}` has no address `{missing}`; there are {}",
                    style.name,
                    person.name,
                    names.join(", ")
                )));
            }
            warnings
                .extend(rules.warnings().iter().map(|warning| format!("style {}: {warning}", style.name)));
        }
        let records = styles.iter().cloned().map(|value| Record::Style { expect, value }).collect();
        self.write_group(records).await?;
        Ok(SavedStyles { items: styles.into_iter().map(Style::from).collect(), warnings })
    }

    fn compile(&self, person: &Person, style: &event::Style) -> Answer<Rules> {
        Rules::compile(style, &people::zone(person, &self.options().zone))
            .map_err(|problem| wrong(&style.name, &problem))
    }

    fn known_style(&self, person: &Person, name: &Name) -> Answer<event::Style> {
        let found = self.view()?.style(&person.name, name).map_err(answer::internal)?;
        found.ok_or_else(|| Problem::not_found(format!("`{}` has no style `{name}`", person.name)))
    }
}

fn parse(toml: &str) -> Answer<Vec<StyleParts>> {
    styles_from_toml(toml)
        .map_err(|problem| Problem::bad_request(format!("The styles are not understood: {problem}.")))
}

fn from_rules(person: &Person, name: Name, rules: StyleRules, default: bool) -> event::Style {
    let StyleRules { zone, windows, bands, .. } = rules;
    event::Style { person: person.name.clone(), name, default, zone, windows, bands }
}

fn wrong(style: &Name, problem: &StyleProblem) -> Problem {
    let answer = Problem::bad_request(format!("style {style}: {problem}"));
    match &problem.place {
        Place::Key(key) => answer.at_pointer(pointer(key)),
        Place::Position { .. } => answer,
    }
}

/// `band[1].when` as a JSON pointer.
fn pointer(key: &str) -> String {
    let steps = key.split(['.', '[']).map(|step| step.trim_end_matches(']'));
    steps.filter(|step| !step.is_empty()).map(|step| format!("/{step}")).collect()
}
