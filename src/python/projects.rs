//! Which project an import is commonly of, where its name is another one.

/// An import, with dots, and its project, sorted by import. Where several projects have it, the one
/// that a lambda wants: without a screen (opencv), with its libraries (psycopg2).
///
/// Source: the names of modules in the wheels of these projects.
const PROJECTS: &[(&str, &str)] = &[
    ("Crypto", "pycryptodome"),
    ("Cryptodome", "pycryptodomex"),
    ("MySQLdb", "mysqlclient"),
    ("OpenSSL", "pyOpenSSL"),
    ("PIL", "Pillow"),
    ("_cffi_backend", "cffi"),
    ("attr", "attrs"),
    ("aws_lambda_powertools", "aws-lambda-powertools"),
    ("aws_xray_sdk", "aws-xray-sdk"),
    ("azure.storage.blob", "azure-storage-blob"),
    ("bs4", "beautifulsoup4"),
    ("cassandra", "cassandra-driver"),
    ("confluent_kafka", "confluent-kafka"),
    ("cv2", "opencv-python-headless"),
    ("dateutil", "python-dateutil"),
    ("datadog_lambda", "datadog-lambda"),
    ("dns", "dnspython"),
    ("docx", "python-docx"),
    ("dotenv", "python-dotenv"),
    ("dynamodb_json", "dynamodb-json"),
    ("elasticsearch_dsl", "elasticsearch-dsl"),
    ("faiss", "faiss-cpu"),
    ("fitz", "PyMuPDF"),
    ("git", "GitPython"),
    ("github", "PyGithub"),
    ("gitlab", "python-gitlab"),
    ("google.api_core", "google-api-core"),
    ("google.auth", "google-auth"),
    ("google.cloud.bigquery", "google-cloud-bigquery"),
    ("google.cloud.firestore", "google-cloud-firestore"),
    ("google.cloud.logging", "google-cloud-logging"),
    ("google.cloud.pubsub", "google-cloud-pubsub"),
    ("google.cloud.pubsub_v1", "google-cloud-pubsub"),
    ("google.cloud.secretmanager", "google-cloud-secret-manager"),
    ("google.cloud.storage", "google-cloud-storage"),
    ("google.genai", "google-genai"),
    ("google.generativeai", "google-generativeai"),
    ("google.oauth2", "google-auth"),
    ("google.protobuf", "protobuf"),
    ("google_auth_oauthlib", "google-auth-oauthlib"),
    ("googleapiclient", "google-api-python-client"),
    ("grpc", "grpcio"),
    ("jose", "python-jose"),
    ("jwt", "PyJWT"),
    ("kafka", "kafka-python"),
    ("lambda_decorators", "lambda-decorators"),
    ("ldap", "python-ldap"),
    ("magic", "python-magic"),
    ("markdown", "Markdown"),
    ("memcache", "python-memcached"),
    ("mysql.connector", "mysql-connector-python"),
    ("nacl", "PyNaCl"),
    ("opensearchpy", "opensearch-py"),
    ("pdfminer", "pdfminer.six"),
    ("pkg_resources", "setuptools"),
    ("pptx", "python-pptx"),
    ("psycopg", "psycopg[binary]"),
    ("psycopg2", "psycopg2-binary"),
    ("pythonjsonlogger", "python-json-logger"),
    ("requests_aws4auth", "requests-aws4auth"),
    ("rest_framework", "djangorestframework"),
    ("sentry_sdk", "sentry-sdk"),
    ("serial", "pyserial"),
    ("skimage", "scikit-image"),
    ("sklearn", "scikit-learn"),
    ("slack", "slackclient"),
    ("slack_bolt", "slack-bolt"),
    ("slack_sdk", "slack-sdk"),
    ("slugify", "python-slugify"),
    ("snowflake.connector", "snowflake-connector-python"),
    ("socks", "PySocks"),
    ("sqlalchemy", "SQLAlchemy"),
    ("stdnum", "python-stdnum"),
    ("tlz", "toolz"),
    ("usb", "pyusb"),
    ("websocket", "websocket-client"),
    ("yaml", "PyYAML"),
    ("zmq", "pyzmq"),
    // Modules that left the standard library, and the project that keeps each.
    ("asynchat", "pyasynchat"),
    ("asyncore", "pyasyncore"),
    ("audioop", "audioop-lts"),
    ("cgi", "legacy-cgi"),
    ("distutils", "setuptools"),
    ("imghdr", "standard-imghdr"),
    ("telnetlib", "standard-telnetlib"),
    ("tomllib", "tomli"),
];

/// The project that an import, with dots, is commonly of, where its name tells no better.
pub(crate) fn project_of(import: &str) -> Option<&'static str> {
    let mut longest: Option<(&str, &'static str)> = None;
    for (name, project) in PROJECTS {
        let is_it =
            import.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'));
        if is_it && longest.is_none_or(|(other, _)| other.len() < name.len()) {
            longest = Some((name, project));
        }
    }
    longest.map(|(_, project)| project)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_name_is_taken() {
        assert_eq!(project_of("yaml"), Some("PyYAML"));
        assert_eq!(project_of("yaml.loader"), Some("PyYAML"));
        assert_eq!(project_of("google.cloud.storage.blob"), Some("google-cloud-storage"));
        assert_eq!(project_of("google"), None);
        assert_eq!(project_of("yamlx"), None);
        assert_eq!(project_of("requests"), None);
    }
}
