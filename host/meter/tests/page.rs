//! What is counted is told as Prometheus wants to read it.

use std::time::Duration;

use meter::{Counter, Durations, Family, Page, Pulse};

#[test]
fn a_page_tells_each_number_with_its_kind_and_labels() {
    let (count, family) = (Counter::default(), Family::<Counter, 2>::new(["plugin", "outcome"]));
    count.add(3);
    family.of(["match", "ok"]).add(2);
    family.of(["a \"b\" \\ c\nd", "ok"]).add(1);
    let mut page = Page::new();
    page.gauge("depth", "What waits,\nas \\ it stands.", 1.5);
    page.gauges("used", "Taken.", "pool", [("mails", 2.0), ("calls", 1e15)]);
    page.info("build_info", "Which one.", &[("version", "1"), ("os", "linux")]);
    page.count("done_total", "Done.", &count);
    page.counts("calls_total", "Calls.", &family);
    page.counts("none_total", "Nothing yet.", &Family::<Counter, 1>::new(["why"]));
    let expected = r#"# HELP depth What waits,\nas \\ it stands.
# TYPE depth gauge
depth 1.5
# HELP used Taken.
# TYPE used gauge
used{pool="mails"} 2
used{pool="calls"} 1000000000000000
# HELP build_info Which one.
# TYPE build_info gauge
build_info{version="1",os="linux"} 1
# HELP done_total Done.
# TYPE done_total counter
done_total 3
# HELP calls_total Calls.
# TYPE calls_total counter
calls_total{plugin="a \"b\" \\ c\nd",outcome="ok"} 1
calls_total{plugin="match",outcome="ok"} 2
# HELP none_total Nothing yet.
# TYPE none_total counter
"#;
    assert_eq!(page.into_text(), expected);
}

#[test]
fn a_histogram_counts_what_is_no_longer_than_each_bound() {
    let durations = Durations::default();
    for ms in [0, 1, 3, 70_000] {
        durations.add(Duration::from_millis(ms));
    }
    let mut page = Page::new();
    page.duration("took_seconds", "Took.", &durations);
    let text = page.into_text();
    for line in [
        "took_seconds_bucket{le=\"0.0001\"} 1",
        "took_seconds_bucket{le=\"0.001\"} 2",
        "took_seconds_bucket{le=\"0.005\"} 3",
        "took_seconds_bucket{le=\"60\"} 3",
        "took_seconds_bucket{le=\"+Inf\"} 4",
        "took_seconds_sum 70.004",
        "took_seconds_count 4",
    ] {
        assert!(text.lines().any(|found| found == line), "`{line}` is not in\n{text}");
    }
}

#[test]
fn a_family_stays_small_whatever_its_labels_are() {
    let family = Family::<Counter, 1>::new(["name"]);
    for n in 0..1000 {
        family.of([&n.to_string()]).add(1);
    }
    family.of(["7"]).add(1);
    let mut page = Page::new();
    page.counts("n_total", "N.", &family);
    let text = page.into_text();
    assert_eq!(text.lines().count(), 2 + 201);
    assert!(text.contains("n_total{name=\"7\"} 2\n") && text.contains("n_total{name=\"other\"} 800\n"));
}

#[test]
fn a_pulse_says_nothing_at_rest() {
    let pulse = Pulse::default();
    assert_eq!(pulse.count(), None);
    pulse.clone().beat();
    pulse.beat();
    assert_eq!(pulse.count(), Some(2));
    pulse.rest();
    assert_eq!(pulse.count(), None);
}

#[test]
fn the_process_is_described_where_the_kernel_does() {
    let mut page = Page::new();
    page.process();
    let text = page.into_text();
    let value = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.and_then(|value| value.parse::<f64>().ok())
    };
    if !std::path::Path::new("/proc/self/stat").exists() {
        assert_eq!(text, "");
        return;
    }
    assert!(value("process_resident_memory_bytes").is_some_and(|bytes| bytes > 100_000.0), "{text}");
    assert!(value("process_open_fds").is_some_and(|open| open >= 3.0), "{text}");
    assert!(value("process_start_time_seconds").is_some_and(|s| s > 1.0e9), "{text}");
    assert!(value("process_cpu_seconds_total").is_some(), "{text}");
}
