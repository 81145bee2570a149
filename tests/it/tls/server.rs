//! A server that takes nothing but TLS over the network, and passwords by SCRAM.

use local_postgres::TemporaryServer;
use postgres::config::{Config, SslMode};
use postgres::{Client, NoTls};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::CertificateDer;

/// The name that its certificate is for.
pub(crate) const HOST: &str = "db.test";
pub(crate) const PASSWORD: &str = "s3cret of the tests";

const HBA: &str = "local all all trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n";

pub(crate) struct TlsServer {
    server: TemporaryServer,
    /// What its certificate is signed by.
    pub(crate) authority: Authority,
}

/// A certificate authority of one test.
pub(crate) struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: CertificateDer<'static>,
}

impl TlsServer {
    /// It has the role `app`, who may create in `public`.
    pub(crate) fn start() -> Self {
        let authority = Authority::new();
        let (certificate, key) = authority.sign(HOST);
        let settings = [
            ("ssl", "on"),
            ("ssl_cert_file", "../server.crt"),
            ("ssl_key_file", "../server.key"),
            ("hba_file", "hba.conf"),
            ("password_encryption", "scram-sha-256"),
        ];
        let files = [("server.crt", certificate.as_str()), ("server.key", &key), ("hba.conf", HBA)];
        let builder = TemporaryServer::builder().tcp();
        let builder = settings.iter().fold(builder, |it, (name, value)| it.setting(*name, *value));
        let builder = files.iter().fold(builder, |it, (name, contents)| it.file(*name, *contents));
        let server = Self { server: builder.start().unwrap(), authority };
        let sql = format!(
            "CREATE ROLE app LOGIN PASSWORD '{PASSWORD}'; GRANT CREATE ON SCHEMA public TO app"
        );
        server.administrator().batch_execute(&sql).unwrap();
        server
    }

    /// The superuser, who comes through the unix socket.
    pub(crate) fn administrator(&self) -> Client {
        let mut config = Config::new();
        let directory = self.server.directory();
        config.host_path(directory).port(self.server.port()).user("postgres");
        config.connect(NoTls).unwrap()
    }

    /// How `app` comes over the network: to `host`, which is this server, whatever its name.
    pub(crate) fn config(&self, host: &str) -> Config {
        let mut config = Config::new();
        config.host(host).hostaddr([127, 0, 0, 1].into()).port(self.server.port());
        config.user("app").password(PASSWORD).dbname("postgres").ssl_mode(SslMode::Require);
        config
    }

    pub(crate) fn log(&self) -> String {
        self.server.log()
    }
}

impl Authority {
    pub(crate) fn new() -> Self {
        let mut params = CertificateParams::new([]).unwrap();
        params.distinguished_name.push(DnType::CommonName, "authority of a test");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let key = KeyPair::generate().unwrap();
        let certificate = params.self_signed(&key).unwrap();
        let (pem, der) = (certificate.pem(), certificate.der().clone());
        Self { issuer: Issuer::new(params, key), pem, der }
    }

    /// A certificate and its key.
    fn sign(&self, host: &str) -> (String, String) {
        let params = CertificateParams::new([host.to_owned()]).unwrap();
        let key = KeyPair::generate().unwrap();
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// A connector that trusts this authority only.
    pub(crate) fn native_tls(&self) -> postgres_native_tls::MakeTlsConnector {
        let certificate = native_tls::Certificate::from_pem(self.pem.as_bytes()).unwrap();
        let connector = native_tls::TlsConnector::builder()
            .disable_built_in_roots(true)
            .add_root_certificate(certificate)
            .build();
        postgres_native_tls::MakeTlsConnector::new(connector.unwrap())
    }

    /// The same of the other library.
    pub(crate) fn rustls(&self) -> tokio_postgres_rustls::MakeRustlsConnect {
        let mut roots = rustls::RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        let provider = rustls::crypto::ring::default_provider();
        let config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        tokio_postgres_rustls::MakeRustlsConnect::new(config)
    }
}
