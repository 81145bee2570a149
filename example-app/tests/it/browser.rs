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
        let find = json!({ "using": "css selector", "value": css });
        let value = self.until(|it| {
            let found = it.attempt("POST", "element", &find)?;
            it.attempt("GET", &format!("{}/computed{what}", element(&found)), &Value::Null)
        });
        value.as_str().unwrap().into()
    }

    /// Reads something of all elements that a CSS selector finds; again where the page has refreshed
    /// itself meanwhile.
    fn read(&self, css: &str, what: impl Fn(String) -> String) -> Vec<String> {
        let find = json!({ "using": "css selector", "value": css });
        self.until(|it| {
            let found = it.attempt("POST", "elements", &find)?;
            let read = |found| it.attempt("GET", &what(element(found)), &Value::Null);
            let values = found.as_array().unwrap().iter().map(read);
            values.map(|value| Ok(value?.as_str().unwrap().into())).collect()
        })
    }

    /// Clicks at the link with this text; again where the page has refreshed itself meanwhile.
    pub(crate) fn follow(&self, link: &str) {
        let find = json!({ "using": "link text", "value": link });
        self.until(|it| {
            let found = it.attempt("POST", "element", &find)?;
            it.attempt("POST", &format!("{}/click", element(&found)), &json!({})).map(drop)
        });
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

    /// Waits for the page to change by itself.
    pub(crate) fn wait_for(&self, is_so: impl Fn(&Self) -> bool) {
        self.until(|it| if is_so(it) { Ok(()) } else { Err(it.title().into()) });
    }

    /// The minute is for a machine in trouble.
    fn until<T>(&self, attempt: impl Fn(&Self) -> Result<T, Value>) -> T {
        let began = Instant::now();
        loop {
            match attempt(self) {
                Ok(value) => return value,
                Err(error) => {
                    let is_early = began.elapsed() < Duration::from_secs(60);
                    assert!(is_early, "never came to pass: {error}");
                }
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn command(&self, method: &str, path: &str, body: &Value) -> Value {
        self.attempt(method, path, body).unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    fn attempt(&self, method: &str, path: &str, body: &Value) -> Result<Value, Value> {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/session/{}/{path}", self.session);
        let (status, mut answer) = send(self.address, method, &path, &body);
        let value = answer["value"].take();
        if status == 200 { Ok(value) } else { Err(value) }
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

/// On a machine under load it was seen to end before it listened; then another one is started.
fn start_driver() -> (Child, SocketAddr) {
    (0..5).find_map(|_| try_start_driver()).unwrap()
}

/// It says on which port it listens.
fn try_start_driver() -> Option<(Child, SocketAddr)> {
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
    if port.is_none() {
        driver.wait().unwrap();
    }
    Some((driver, SocketAddr::from(([127, 0, 0, 1], port?))))
}
