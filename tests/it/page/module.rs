//! The pages of modules, folders and files, as they are sent.

use std::sync::LazyLock;

use super::{BROWSER, shown};
use crate::support::bag::{Bag, text};
use crate::support::gobag::Gobag;
use crate::support::http::request;
use crate::support::tree::{Tree, go_mod};

/// A module with everything that a page tells of, and what somebody may have put there who means harm.
static SHOP_TREE: LazyLock<Tree> = LazyLock::new(|| {
    let tree = Tree::new();
    let harm = "</code></pre><script>document.title = 'owned'</script><img src=x onerror=\"document.title = 'owned'\">";
    let lib = go_mod("shop.test/lib");
    for (version, lines) in [
        ("v1.0.0", ""),
        ("v1.1.0", "\nretract v1.0.0 // It <b>loses</b> orders.\n"),
    ] {
        let go_mod = lib.clone() + lines;
        tree.proxied(
            "shop.test/lib",
            version,
            &[("go.mod", &go_mod), ("lib.go", "package lib\n")],
        );
    }
    let app = format!(
        "{}\nrequire (\n\tshop.test/lib v1.1.0\n\tshop.test/none v1.0.0 // indirect\n)\n",
        go_mod("shop.test/App")
    );
    let readme =
        format!("# The shop\n\nSee [how it sells](sell/sell.go) and [the till](sell).\n\n{harm}\n");
    let source = format!(
        "package sell\n\n// Price is what it costs.\nfunc Price() string {{\n\treturn `\n{harm}`\n}}\n"
    );
    let image = "\0\u{1}PNG";
    let long = "// a line of a long file\n".repeat(22_000);
    tree.proxied(
        "shop.test/App",
        "v1.0.0",
        &[
            ("go.mod", &app),
            ("LICENSE", "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby granted.\n"),
            ("README.md", &readme),
            ("sell/sell.go", &source),
            ("sell/a &#%41.go", "package sell\n"),
            ("sell/empty.go", ""),
            ("image.png", image),
            ("long.go", &long),
        ],
    );
    let old = format!(
        "// Deprecated: use <i>shop.test/App</i>.\n{}",
        go_mod("shop.test/old")
    );
    tree.proxied(
        "shop.test/old",
        "v1.0.0",
        &[("go.mod", &old), ("old.go", "package old\n")],
    );
    tree
});

/// A bag of it.
pub static SHOP: LazyLock<Bag> = LazyLock::new(|| SHOP_TREE.bag());

/// What is sent for it, and for where that leads.
fn followed(gobag: &Gobag, path: &str) -> (u16, String) {
    let mut at = path.to_owned();
    for _ in 0..4 {
        let reply = shown(gobag, &at);
        let Some(to) = reply.header("location") else {
            return (reply.status, at);
        };
        assert_eq!(reply.status, 302, "{at}");
        let folder = &at[..=at.rfind('/').unwrap()];
        at = match to.strip_prefix("../") {
            Some(to) => format!(
                "{}/{to}",
                folder.trim_end_matches('/').rsplit_once('/').unwrap().0
            ),
            None => format!("{folder}{}", to.strip_prefix("./").unwrap()),
        };
    }
    panic!("it leads round and round: {at}")
}

#[test]
fn every_name_of_a_page_leads_to_the_one_page() {
    let gobag = SHOP.serve_with(["--base-path", "/mod"]);
    for (path, want) in [
        ("shop.test/lib", Some("shop.test/lib@v1.1.0/")),
        ("shop.test/lib/", Some("shop.test/lib@v1.1.0/")),
        ("shop.test/lib@v1.0.0", Some("shop.test/lib@v1.0.0/")),
        (
            "shop.test/App@v1.0.0/sell",
            Some("shop.test/App@v1.0.0/sell/"),
        ),
        (
            "shop.test/App@v1.0.0/sell/",
            Some("shop.test/App@v1.0.0/sell/"),
        ),
        (
            "shop.test/App@v1.0.0/sell/sell.go",
            Some("shop.test/App@v1.0.0/sell/sell.go"),
        ),
        (
            "shop.test/App@v1.0.0/sell/a%20%26%23%2541.go",
            Some("shop.test/App@v1.0.0/sell/a%20%26%23%2541.go"),
        ),
        ("shop.test/app", None),
        ("shop.test/lib@v1.2.0/", None),
        ("shop.test/lib@latest/", None),
        ("shop.test/App@v1.0.0/sell/sell.go/", None),
        ("shop.test/App@v1.0.0/sel", None),
        ("shop.test/App@v1.0.0/none/", None),
        ("", None),
    ] {
        let (status, at) = followed(&gobag, &format!("/mod/-/m/{path}"));
        assert_eq!(
            (status, at),
            match want {
                Some(want) => (200, format!("/mod/-/m/{want}")),
                None => (404, format!("/mod/-/m/{path}")),
            }
        );
    }
    for path in [
        "shop.test/App@v1.0.0//",
        "shop.test/App@v1.0.0/../x",
        "shop.test/App@v1.0.0/a%2fb",
    ] {
        assert_eq!(
            shown(&gobag, &format!("/mod/-/m/{path}")).status,
            404,
            "{path}"
        );
    }
}

#[test]
fn a_page_is_kept_to_itself_and_is_no_answer_to_go() {
    let gobag = SHOP.serve();
    for path in [
        "/-/m/shop.test/App@v1.0.0/",
        "/-/m/shop.test/App@v1.0.0/sell/sell.go",
        "/-/m/shop.test/x",
    ] {
        let reply = shown(&gobag, path);
        assert_eq!(
            reply.header("content-type"),
            Some("text/html; charset=utf-8")
        );
        assert!(
            reply
                .header("content-security-policy")
                .unwrap()
                .starts_with("default-src 'none';")
        );
        assert_eq!(reply.header("x-content-type-options"), Some("nosniff"));
        let head = request(gobag.address(), "HEAD", path, &[BROWSER]);
        assert_eq!(
            (head.status, head.content_length()),
            (reply.status, reply.text().len())
        );
        assert!(
            !reply.text().contains("<script>") && !reply.text().contains("<img"),
            "{path}"
        );
    }
    for path in [
        "/shop.test/App@v1.0.0/",
        "/shop.test/App/@v/list",
        "/shop.test/App",
        "/shop.test/App/-/m/",
    ] {
        let kind = shown(&gobag, path)
            .header("content-type")
            .unwrap()
            .to_owned();
        assert_eq!(kind, "text/plain; charset=utf-8", "{path}");
    }
}

#[test]
fn a_module_is_told_of() {
    let gobag = SHOP.serve();
    let page = |path: &str| shown(&gobag, &format!("/-/m/shop.test/{path}")).text();
    let app = page("App@v1.0.0/");
    for part in [
        "<h1>shop.test/<wbr>App</h1>",
        "<time datetime=\"2025-06-01\">",
        "LICENSE (not recognised)",
        "go 1.21",
        "go get shop.test/App@v1.0.0",
        "<a href=\"sell/sell.go\">how it sells</a>",
        "<a href=\"../../../../-/m/shop.test/lib@v1.1.0/\">shop.test/lib</a>",
        "<b>shop.test/none</b><span>v1.0.0 indirect</span>",
        "No other module in this bag.",
        "<a href=\"./sell/\">sell/</a><span>3 files</span>",
    ] {
        assert!(app.contains(part), "{part} in {app}");
    }
    let lib = page("lib@v1.0.0/");
    for part in [
        "<b>Retracted</b><b>: </b>It &lt;b&gt;loses&lt;/b&gt; orders.",
        "The latest in this bag is <a href=\"../../../../-/m/shop.test/lib@v1.1.0/\">v1.1.0</a>",
        "2025-06-01 retracted",
    ] {
        assert!(lib.contains(part), "{part} in {lib}");
    }
    assert!(page("lib@v1.1.0/").contains(
        "<a href=\"../../../../-/m/shop.test/App@v1.0.0/\">shop.test/App</a><span>v1.0.0</span>"
    ));
    assert!(
        page("old@v1.0.0/").contains("<b>Deprecated: </b>use &lt;i&gt;shop.test/App&lt;/i&gt;.")
    );
}

#[test]
fn what_cannot_be_shown_of_a_file_is_said() {
    let gobag = SHOP.serve();
    let page = |path: &str| shown(&gobag, &format!("/-/m/shop.test/App@v1.0.0/{path}")).text();
    for (path, part) in [
        ("image.png", "This file is no text."),
        ("sell/empty.go", "This file is empty."),
        ("long.go", "Files of up to 524.3 kB are shown."),
        (
            "sell/",
            "<a href=\"./a%20%26%23%2541.go\">a &amp;#%41.go</a><span>13 B</span>",
        ),
        (
            "sell/sell.go",
            "<i class=\"k\">func</i> Price() <i class=\"b\">string</i>",
        ),
    ] {
        assert!(page(path).contains(part), "{part} in {}", page(path));
    }
}

#[test]
fn the_files_of_a_compact_bag_are_those_of_any_other() {
    let folder = tempfile::tempdir().unwrap();
    let compact = folder.path().join("compact-bag");
    let (compact, _) = Bag::packed(&["--import", text(SHOP_TREE.path()), "--compact"], compact);
    let (compact, plain) = (compact.serve(), SHOP.serve());
    for path in ["", "sell/", "sell/sell.go", "image.png"] {
        let page =
            |gobag: &Gobag| shown(gobag, &format!("/-/m/shop.test/App@v1.0.0/{path}")).text();
        let (one, other) = (page(&compact), page(&plain));
        // How long the zip is differs.
        let told = |page: &str| page.split("<main>").nth(1).unwrap().to_owned();
        assert_eq!(told(&one), told(&other), "{path}");
    }
}
