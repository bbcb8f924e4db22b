//! The form for mail clients: inline styles only, no images, nothing loaded from anywhere.
//!
//! No background is set, and colours are such that they read on white and on black, so a
//! client's dark mode can do as it likes. A colour never says what a word does not.

use event::{AlertState, Severity};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::clean::{is_bounded, markup};
use super::page::{Layout, Page, Section};
use super::{SealItem, subject, text};

const BODY: &str =
    "margin:0;padding:16px;font:15px/1.5 -apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const COLUMN: &str = "max-width:640px;margin:0 auto";
const TITLE: &str = "font-size:19px;line-height:1.3;margin:0 0 16px";
const HEADING: &str = "font-size:15px;margin:24px 0 8px";
const QUIET: &str = "color:#767676;font-size:13px";
const TAG: &str = "font-size:12px;font-weight:700;letter-spacing:.04em";

pub(super) fn html(page: &Page<'_>) -> String {
    let Layout { sections, over, hidden } =
        page.layout(|gang| gang.html.as_deref().filter(|html| is_bounded(html)));
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="supported-color-schemes" content="light dark";
                title { (page.title()) }
            }
            body style=(BODY) {
                div style=(COLUMN) {
                    h1 style=(TITLE) { (page.title()) }
                    @for section in &sections { (part(page, section)) }
                    @if !over.is_empty() { (came_and_went(page, &over)) }
                    @if hidden > 0 { p { "+" (hidden) " more" } }
                    @if let Some(brief) = page.brief() { p { (brief) } }
                    p style={ (QUIET) ";margin-top:24px" } {
                        (page.footer())
                        @if let Some(link) = page.link() { " " a href=(link) { "Show it in Tellify" } }
                    }
                }
            }
        }
    };
    document.into_string()
}

fn part(page: &Page<'_>, section: &Section<'_>) -> Markup {
    html! {
        h2 style=(HEADING) { (section.heading) }
        @if let Some(theirs) = section.gang {
            div { (PreEscaped(markup(theirs))) }
            @for reason in text::reasons(section) { div style=(QUIET) { "why: " (reason) } }
        } @else {
            @for item in &section.items { (alert(page, item)) }
        }
    }
}

fn alert(page: &Page<'_>, item: &SealItem<'_>) -> Markup {
    let color = color(item);
    html! {
        div style={ "border-left:4px solid " (color) ";padding:2px 0 2px 12px;margin:0 0 12px" } {
            div {
                span style={ (TAG) ";color:" (color) } {
                    (item.alert.severity.as_str().to_uppercase()) " " (item.alert.state)
                }
                br;
                strong { (subject::title(item)) }
            }
            div style=(QUIET) { (page.history(item)) }
            @if let Some(key) = text::key(item) {
                div style=(QUIET) { "key: " code { (key) } }
            }
            div style=(QUIET) { (text::why(item)) }
        }
    }
}

fn came_and_went(page: &Page<'_>, over: &[&SealItem<'_>]) -> Markup {
    html! {
        h2 style=(HEADING) { "Came and went" }
        ul style="margin:0;padding-left:20px" {
            @for item in over {
                li {
                    (item.alert.severity) " " (subject::title(item)) " (" (item.subscription) "): "
                    span style=(QUIET) { (page.history(item)) "; " (text::why(item)) }
                }
            }
        }
    }
}

/// Each reads on white and on black with a contrast of 4 to 1 at least.
fn color(item: &SealItem<'_>) -> &'static str {
    if item.alert.state == AlertState::Resolved {
        return "#2e8540";
    }
    match item.alert.severity {
        Severity::Critical => "#e0312f",
        Severity::Error => "#d2500f",
        Severity::Warning => "#a86a00",
        Severity::Notice => "#2f76d2",
        Severity::Info | Severity::Debug => "#767676",
    }
}
