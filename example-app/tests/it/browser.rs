//! A headless Chromium, driven by `WebDriver`: <https://www.w3.org/TR/webdriver2/>. Its requests are JSON
//! over HTTP, for which a crate would bring an async runtime.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::send;

/// Ends with the value.
pub(crate) struct Browser {
    driver: Child,
    address: SocketAddr,
    session: String,
}

impl Browser {
    pub(crate) fn start(with_scripts: bool) -> Self {
        let (driver, address) = start_driver();
        let scripts = if with_scripts { 1 } else { 2 };
        let options = json!({
            // The sandbox refuses root, and a container may have little shared memory.
            "args": ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"],
            "prefs": { "profile.managed_default_content_settings.javascript": scripts },
        });
        let always =
            json!({ "goog:chromeOptions": options, "goog:loggingPrefs": { "browser": "ALL" } });
        let mut browser = Self { driver, address, session: String::new() };
        let body = json!({ "capabilities": { "alwaysMatch": always } }).to_string();
        let (status, answer) = send(address, "POST", "/session", &body);
        assert_eq!(status, 200, "{answer}");
        answer["value"]["sessionId"].as_str().unwrap().clone_into(&mut browser.session);
        browser
    }

    pub(crate) fn open(&self, url: &str) {
        self.command("POST", "url", &json!({ "url": url }));
    }

    pub(crate) fn title(&self) -> String {
        self.command("GET", "title", &Value::Null).as_str().unwrap().into()
    }

    /// The texts of all elements that a CSS selector finds, as they are shown.
    pub(crate) fn texts(&self, css: &str) -> Vec<String> {
        self.read(css, |element| format!("{element}/text"))
    }

    /// What assistive technology is told of the first element that a CSS selector finds.
    pub(crate) fn role(&self, css: &str) -> String {
        self.computed(css, "role")
    }

    /// How assistive technology calls it.
    pub(crate) fn label(&self, css: &str) -> String {
        self.computed(css, "label")
    }

    fn computed(&self, css: &str, what: &str) -> String {
        self.read(css, |element| format!("{element}/computed{what}")).remove(0)
    }

    /// Reads something of all elements that a CSS selector finds. A page that refreshes itself meanwhile
    /// is read again.
    fn read(&self, css: &str, what: impl Fn(String) -> String) -> Vec<String> {
        let find = json!({ "using": "css selector", "value": css });
        loop {
            let found = self.command("POST", "elements", &find);
            let read = |found| self.of_present("GET", &what(element(found)), &Value::Null);
            let read = found.as_array().unwrap().iter().map(read).collect::<Option<Vec<_>>>();
            if let Some(values) = read {
                return values.iter().map(|value| value.as_str().unwrap().into()).collect();
            }
        }
    }

    /// Clicks at the link with this text.
    pub(crate) fn follow(&self, link: &str) {
        let find = json!({ "using": "link text", "value": link });
        let followed = |it: &Self| {
            let found = it.command("POST", "element", &find);
            let click = format!("{}/click", element(&found));
            it.of_present("POST", &click, &json!({})).is_some()
        };
        self.wait_for(followed);
    }

    /// What a command of an element returns, unless that has gone with its page.
    fn of_present(&self, method: &str, path: &str, body: &Value) -> Option<Value> {
        let (status, value) = self.attempt(method, path, body);
        let is_gone = value["error"] == "stale element reference";
        assert!(status == 200 || is_gone, "{path}: {value}");
        (!is_gone).then_some(value)
    }

    pub(crate) fn prefer(&self, color_scheme: &str) {
        let feature = json!({ "name": "prefers-color-scheme", "value": color_scheme });
        let params = json!({ "features": [feature] });
        let command = json!({ "cmd": "Emulation.setEmulatedMedia", "params": params });
        self.command("POST", "goog/cdp/execute", &command);
    }

    /// How wide the page is, with what one would have to scroll to; it takes no scripts.
    pub(crate) fn content_width(&self) -> u64 {
        let command = json!({ "cmd": "Page.getLayoutMetrics", "params": {} });
        let metrics = self.command("POST", "goog/cdp/execute", &command);
        metrics["cssContentSize"]["width"].as_u64().unwrap()
    }

    pub(crate) fn resize(&self, width: u32, height: u32) {
        let metrics =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": true });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": metrics });
        self.command("POST", "goog/cdp/execute", &command);
    }

    /// The value of an expression; it takes a browser with scripts.
    pub(crate) fn evaluate(&self, expression: &str) -> Value {
        let script = format!("return {expression}");
        self.command("POST", "execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What the browser complains of.
    pub(crate) fn complaints(&self) -> Value {
        self.command("POST", "se/log", &json!({ "type": "browser" }))
    }

    /// Waits for the page to change by itself. The minute is for a machine in trouble.
    pub(crate) fn wait_for(&self, is_so: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !is_so(self) {
            assert!(
                began.elapsed() < Duration::from_secs(60),
                "never came to pass: {}",
                self.title()
            );
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        let (status, value) = self.attempt(method, path, body);
        assert_eq!(status, 200, "{path}: {value}");
        value
    }

    fn attempt(&self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/session/{}/{path}", self.session);
        let (status, mut answer) = send(self.address, method, &path, &body);
        (status, answer["value"].take())
    }
}

/// The path of an element that was found.
fn element(found: &Value) -> String {
    let id = found.as_object().unwrap().values().next().unwrap();
    format!("element/{}", id.as_str().unwrap())
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            send(self.address, "DELETE", &format!("/session/{}", self.session), "");
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// It says on which port it listens.
fn start_driver() -> (Child, SocketAddr) {
    let started = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn();
    let mut driver = started.unwrap_or_else(|error| {
        panic!("no chromedriver ({error}): install Debian's chromium and chromium-driver")
    });
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
    let port = lines.find_map(|line| {
        line.rsplit_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
    });
    (driver, SocketAddr::from(([127, 0, 0, 1], port.unwrap())))
}
