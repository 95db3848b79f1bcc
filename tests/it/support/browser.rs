//! A real browser without a window, by the protocol of WebDriver: <https://www.w3.org/TR/webdriver2/>.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::support::bag::stderr;
use crate::support::namespace::is_root;

/// The key under which an element is told.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A Chromium that is ended when it is dropped.
pub struct Browser {
    driver: Child,
    session: String,
    _home: tempfile::TempDir,
}

impl Browser {
    /// One with a profile of its own, of a user who likes what is light.
    pub fn start() -> Browser {
        let home = tempfile::tempdir().unwrap();
        let mut driver = Command::new("chromedriver")
            .args(["--port=0"])
            .env("HOME", home.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("this test needs chromedriver: apt-get install chromium chromium-driver");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = loop {
            let line = lines.next().expect("chromedriver ended").unwrap();
            if let Some((_, port)) = line.split_once("started successfully on port ") {
                break port.trim_end_matches('.').to_owned();
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        let mut arguments = vec![
            "--headless=new".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--disable-background-networking".to_owned(),
            "--no-first-run".to_owned(),
            "--no-proxy-server".to_owned(),
            format!("--user-data-dir={}/profile", home.path().display()),
        ];
        // Its own box wants somebody who is not root.
        if is_root() {
            arguments.push("--no-sandbox".to_owned());
        }
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
        }}});
        let server = format!("http://127.0.0.1:{port}/session");
        let told = asked("POST", &server, &wanted);
        let id = told["sessionId"]
            .as_str()
            .unwrap_or_else(|| panic!("{told}"));
        let browser = Browser {
            driver,
            session: format!("{server}/{id}"),
            _home: home,
        };
        browser.size(1280, 900);
        browser
    }

    /// Opens a page, and waits until it is there.
    pub fn open(&self, url: &str) {
        self.post("url", &json!({"url": url}));
    }

    /// What the body of a function returns in the page.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({"script": script, "args": []}))
    }

    /// What it hands to the function that is its last argument.
    pub fn run_async(&self, script: &str) -> Value {
        self.post("execute/async", &json!({"script": script, "args": []}))
    }

    /// The text that is seen of the first element of a selector.
    pub fn text(&self, selector: &str) -> String {
        let find = format!("return document.querySelector({selector:?}).innerText");
        self.run(&find).as_str().unwrap().to_owned()
    }

    /// Clicks on it, as a mouse does.
    pub fn click(&self, selector: &str) {
        self.post(
            &format!("element/{}/click", self.element(selector)),
            &json!({}),
        );
    }

    /// Types into it.
    pub fn keys(&self, selector: &str, keys: &str) {
        let element = self.element(selector);
        self.post(&format!("element/{element}/value"), &json!({"text": keys}));
    }

    /// Presses one key, wherever the focus is: a letter, or a key by its code point in WebDriver.
    pub fn press(&self, key: &str) {
        let actions = json!([{"type": "keyDown", "value": key}, {"type": "keyUp", "value": key}]);
        let keyboard = json!({"type": "key", "id": "keyboard", "actions": actions});
        self.post("actions", &json!({"actions": [keyboard]}));
    }

    /// Makes the page so wide and high, in pixels.
    pub fn size(&self, width: u32, height: u32) {
        let size = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// The same user who likes what is dark, or light.
    pub fn dark(&self, dark: bool) {
        let value = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": value}]);
        self.devtools("Emulation.setEmulatedMedia", &json!({"features": features}));
    }

    /// Pages that are opened from now on run scripts, or none.
    pub fn scripts(&self, run: bool) {
        self.devtools(
            "Emulation.setScriptExecutionDisabled",
            &json!({"value": !run}),
        );
    }

    /// What the console has been told since it was asked the last time, such as what a policy kept away.
    pub fn console(&self) -> Vec<String> {
        self.log("browser")
    }

    /// The addresses that it asked for since that was asked the last time.
    pub fn asked_for(&self) -> Vec<String> {
        let events = self.log("performance");
        let urls = events.iter().filter_map(|event| {
            let event: Value = serde_json::from_str(event).unwrap();
            let message = &event["message"];
            let is_request = message["method"] == "Network.requestWillBeSent";
            let url = message["params"]["request"]["url"].as_str();
            url.filter(|_| is_request).map(str::to_owned)
        });
        urls.collect()
    }

    /// Writes a picture of what is seen, for somebody who looks at it: where `GOBAG_SHOTS` names a folder.
    pub fn shot(&self, name: &str) {
        let Some(folder) = std::env::var_os("GOBAG_SHOTS") else {
            return;
        };
        let told = asked("GET", &format!("{}/screenshot", self.session), &Value::Null);
        let picture = STANDARD.decode(told.as_str().unwrap()).unwrap();
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), picture).unwrap();
    }

    fn log(&self, kind: &str) -> Vec<String> {
        let entries = self.post("se/log", &json!({"type": kind}));
        let entries = entries.as_array().unwrap().iter();
        let texts = entries.map(|entry| entry["message"].as_str().unwrap().to_owned());
        texts.collect()
    }

    fn element(&self, selector: &str) -> String {
        let find = json!({"using": "css selector", "value": selector});
        let found = self.post("element", &find);
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    fn devtools(&self, command: &str, arguments: &Value) {
        let command = json!({"cmd": command, "params": arguments});
        self.post("goog/cdp/execute", &command);
    }

    #[track_caller]
    fn post(&self, path: &str, body: &Value) -> Value {
        asked("POST", &format!("{}/{path}", self.session), body)
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let mut end = Command::new("curl");
        end.args(["--silent", "--noproxy", "*", "--max-time", "10"]);
        let _ = end.args(["--request", "DELETE", &self.session]).output();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// What the driver answers.
#[track_caller]
fn asked(method: &str, url: &str, body: &Value) -> Value {
    let mut curl = Command::new("curl");
    curl.args([
        "--silent",
        "--show-error",
        "--noproxy",
        "*",
        "--max-time",
        "120",
    ]);
    curl.args(["--request", method, url]);
    if !body.is_null() {
        curl.args(["--header", "Content-Type: application/json"]);
        curl.args(["--data-binary", &body.to_string()]);
    }
    let output = curl
        .output()
        .expect("these tests need curl: apt-get install curl");
    let told: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|e| panic!("{url}: {e}: {}", stderr(&output)));
    let value = &told["value"];
    assert!(value["error"].is_null(), "{url}: {value}");
    value.clone()
}
