//! The page as a real browser shows it, with and without scripts.

use std::collections::BTreeSet;
use std::time::Instant;

use super::module::SHOP;
use crate::support::bag::Bag;
use crate::support::browser::Browser;
use crate::support::gobag::PATIENCE;
use crate::support::tree::{Tree, go_mod, info};
use crate::support::zoo::ZOO;

/// Waits until what is read in the page is `wanted`.
#[track_caller]
fn comes(browser: &Browser, selector: &str, wanted: &str) {
    let begin = Instant::now();
    while browser.text(selector) != wanted {
        assert!(begin.elapsed() < PATIENCE, "{}", browser.text(selector));
    }
}

/// True where nothing reaches beyond the right edge.
fn fits(browser: &Browser) -> bool {
    let script =
        "const page = document.documentElement; return page.scrollWidth <= page.clientWidth";
    browser.run(script) == true
}

#[test]
fn somebody_finds_a_module_and_copies_the_lines() {
    let gobag = ZOO.serve_with(["--base-path", "/mod"]);
    let browser = Browser::start();
    browser.open(&format!("{}/", gobag.url()));
    assert_eq!(browser.text("h1"), "Go modules in one file");
    comes(&browser, "#shown", "20 modules");
    // By the keyboard alone.
    browser.press("/");
    browser.keys("#q", "MIXED");
    comes(&browser, "#shown", "1 of 20 modules");
    assert!(browser.text("#modules").starts_with("zoo.test/mixed\n"));
    browser.keys("#q", " nothing");
    comes(&browser, "#shown", "0 of 20 modules");
    browser.run("document.querySelector('#q').value = ''; document.querySelector('#q').dispatchEvent(new Event('input'))");
    comes(&browser, "#shown", "20 modules");
    // What is copied is what is pasted elsewhere; other hosts have plain http, and so no clipboard.
    for clipboard in [
        "",
        "Object.defineProperty(navigator, 'clipboard', {value: undefined});",
    ] {
        browser.run(&format!(
            "{clipboard} document.querySelector('#said').textContent = ''"
        ));
        browser.click("button[aria-label=\"Copy the lines for fish\"]");
        comes(&browser, "#said", "Copied the lines for fish.");
        browser.run("document.querySelector('#q').value = ''");
        browser.keys("#q", "\u{e009}v\u{e000}");
        let pasted = browser.run("return document.querySelector('#q').value");
        let line = format!("set -gx GOPROXY '{}'", gobag.url());
        assert!(pasted.as_str().unwrap().starts_with(&line), "{pasted}");
    }
    assert_eq!(browser.console(), [""; 0]);
    let asked = browser.asked_for();
    // It begins with a page of its own.
    let mut asked = asked.iter().filter(|url| !url.starts_with("chrome://"));
    let is_ours = |url: &String| url.starts_with(gobag.url()) || url.starts_with("data:");
    assert!(
        asked.clone().count() >= 3 && asked.all(is_ours),
        "{asked:?}"
    );
}

#[test]
fn somebody_reads_a_module_and_a_file_by_the_keyboard() {
    let gobag = SHOP.serve_with(["--base-path", "/mod"]);
    let browser = Browser::start();
    browser.open(&format!("{}/?q=app", gobag.url()));
    comes(&browser, "#shown", "1 of 3 modules");
    browser.keys("#q", "\u{e004}");
    browser.press("\u{e007}");
    comes(&browser, "h1", "shop.test/App");
    let readme = browser.text(".readme");
    assert!(readme.starts_with("The shop\n"), "{readme}");
    browser.shot("module");
    browser.run("document.querySelector('.readme a').focus()");
    browser.press("\u{e007}");
    comes(&browser, "h1", "sell.go");
    let colour = |selector: &str| {
        let find = format!("return getComputedStyle(document.querySelector({selector:?})).color");
        browser.run(&find).as_str().unwrap().to_owned()
    };
    let kinds = [
        ".source",
        ".source .k",
        ".source .c",
        ".source .s",
        ".source .b",
    ];
    let colours: BTreeSet<String> = kinds.map(colour).into();
    assert_eq!(colours.len(), kinds.len(), "{colours:?}");
    // Without the numbers.
    let copied = "getSelection().selectAllChildren(document.querySelector('.source')); return getSelection().toString()";
    let copied = browser.run(copied);
    let copied = copied.as_str().unwrap();
    assert!(
        copied.starts_with("package sell\n\n// Price is"),
        "{copied}"
    );
    browser.run("location.hash = 'L5'");
    assert_eq!(browser.text(".source a:target"), "5");
    browser.shot("file");
    // What somebody wrote who means harm is text.
    assert_eq!(
        browser.run("return document.title"),
        "sell/sell.go · shop.test/App@v1.0.0"
    );
    let harmful =
        "return document.querySelectorAll('main script, main img, main [onerror]').length";
    assert_eq!(browser.run(harmful), 0);
    browser.click("nav a:nth-of-type(2)");
    comes(&browser, "h1", "shop.test/App");
    assert_eq!(browser.run(harmful), 0);
    browser.click("button[aria-label=\"Copy the lines for go get\"]");
    comes(&browser, "#said", "Copied the lines for go get.");
    browser.click("#requires a");
    comes(&browser, "h1", "shop.test/lib");
    browser.click("#required-by a");
    comes(&browser, "h1", "shop.test/App");
    browser.click("header nav a");
    comes(&browser, "h1", "Go modules in one file");
    assert_eq!(browser.console(), [""; 0]);
    let asked = browser.asked_for();
    let is_ours = |url: &&String| url.starts_with(gobag.url()) || url.starts_with("data:");
    let others = asked
        .iter()
        .filter(|url| !is_ours(url) && !url.starts_with("chrome://"));
    assert_eq!(others.count(), 0, "{asked:?}");
}

#[test]
fn it_is_read_on_narrow_and_dark_screens_and_without_scripts() {
    let (gobag, shop) = (ZOO.serve(), SHOP.serve());
    let browser = Browser::start();
    let colours =
        "const style = getComputedStyle(document.body); return style.color + style.backgroundColor";
    let mut seen = Vec::new();
    for (width, dark, scripts) in [(1280, false, true), (320, true, true), (320, true, false)] {
        browser.size(width, 800);
        browser.dark(dark);
        browser.scripts(scripts);
        browser.open(gobag.url());
        // Scripts of the driver run where those of the page do not.
        browser.scripts(true);
        seen.push(browser.run(colours));
        assert!(fits(&browser), "{width}");
        browser.shot(&format!(
            "home-{width}-{}",
            if scripts { "scripts" } else { "plain" }
        ));
        let text = browser.text("body");
        for part in [
            "Use it",
            "export GOPROXY=",
            "zoo.test/mixed",
            "What is known of it",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let has_form = browser.run("return !document.querySelector('#search').hidden");
        assert_eq!(has_form, scripts);
        let buttons = browser.run("return document.querySelectorAll('button').length");
        assert_eq!(buttons, if scripts { 4 } else { 0 });
        for (page, part, name) in [
            ("", "The shop", "module"),
            ("sell/sell.go", "func Price()", "file"),
        ] {
            browser.scripts(scripts);
            browser.open(&format!("{}/-/m/shop.test/App@v1.0.0/{page}", shop.url()));
            browser.scripts(true);
            assert!(fits(&browser), "{width}: {page}");
            assert!(browser.text("main").contains(part), "{page}");
            browser.shot(&format!("{name}-{width}-{dark}"));
        }
    }
    assert_ne!(seen[0], seen[1]);
    assert_eq!(browser.console(), [""; 0]);
}

#[test]
fn ten_thousand_modules_are_filtered_as_one_types() {
    let tree = Tree::new();
    for n in 0..10_000 {
        let path = format!("many.test/group{}/module{n}", n % 100);
        tree.part(&path, "v1.0.0", "info", info("v1.0.0"));
        tree.part(&path, "v1.0.0", "mod", go_mod(&path));
        let file = go_mod(&path);
        tree.part(
            &path,
            "v1.0.0",
            "zip",
            crate::support::tree::zip(&path, "v1.0.0", &[("go.mod", &file)]),
        );
    }
    let gobag = Bag::of(tree.path()).serve();
    let browser = Browser::start();
    browser.open(gobag.url());
    comes(&browser, "#shown", "10000 modules");
    // From each letter to the picture that shows what it leaves.
    let times = browser.run_async(
        "const done = arguments[arguments.length - 1];
         const box = document.querySelector('#q');
         const times = [];
         const type = (text) => {
           if (text === 'module777'.length + 1) { done(times); return; }
           const begin = performance.now();
           box.value = 'module777'.slice(0, text);
           box.dispatchEvent(new Event('input'));
           requestAnimationFrame(() => setTimeout(() => {
             times.push(performance.now() - begin);
             type(text + 1);
           }));
         };
         type(1);",
    );
    comes(&browser, "#shown", "11 of 10000 modules");
    let mut times: Vec<f64> = times
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t.as_f64().unwrap())
        .collect();
    times.sort_by(f64::total_cmp);
    browser.shot("ten-thousand");
    assert_eq!(times.len(), 9);
    // Beside all other tests; alone it takes a tenth of that.
    assert!(times[4] < 500.0, "milliseconds: {times:?}");
}
