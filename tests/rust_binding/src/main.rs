//! Gets back what it publishes, through the binding's client for async code, then through the one whose calls wait; the
//! broker is started again in between. Arguments: URI, MQTT version (4 or 5), and for TLS trust store, certificate and
//! key.

use std::io::stdin;
use std::time::Duration;

use futures::executor::block_on;
use paho_mqtt::{
    AsyncClient, Client, ConnectOptions, ConnectOptionsBuilder, CreateOptions, CreateOptionsBuilder, Message,
    MessageBuilder, Properties, PropertyCode, QoS, Result, SslOptionsBuilder,
};

const PATIENCE: Duration = Duration::from_secs(50);
const TOPIC: &str = "binding/topic";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [uri, version, files @ ..] = arguments.as_slice() else { panic!("which broker, and which version?") };
    let has_properties = version == "5";
    block_on(with_futures(uri, has_properties, files)).expect("the asynchronous client");
    with_calls(uri, has_properties, files).expect("the synchronous client");
}

fn create_options(uri: &str, client_id: &str, has_properties: bool) -> CreateOptions {
    let version = if has_properties { paho_mqtt::MQTT_VERSION_5 } else { paho_mqtt::MQTT_VERSION_3_1_1 };
    CreateOptionsBuilder::new().server_uri(uri).client_id(client_id).mqtt_version(version).finalize()
}

fn connect_options(has_properties: bool, files: &[String]) -> Result<ConnectOptions> {
    let mut options =
        if has_properties { ConnectOptionsBuilder::new_v5() } else { ConnectOptionsBuilder::new_v3() };
    options.keep_alive_interval(Duration::from_secs(20)).connect_timeout(PATIENCE);
    if let [trust, certificate, key] = files {
        let mut tls = SslOptionsBuilder::new();
        tls.trust_store(trust)?.key_store(certificate)?.private_key(key)?.verify(true);
        options.ssl_options(tls.finalize());
    }
    Ok(options.finalize())
}

fn message(text: &str, qos: i32, has_properties: bool) -> Message {
    let mut message = MessageBuilder::new().topic(TOPIC).payload(text).qos(qos);
    if has_properties {
        let mut properties = Properties::new();
        properties.push_string_pair(PropertyCode::UserProperty, "from", "a crate").expect("a property");
        properties.push_u32(PropertyCode::MessageExpiryInterval, 1000).expect("a property");
        message = message.properties(properties);
    }
    message.finalize()
}

fn print(received: &Message) {
    let (text, qos) = (received.payload_str(), received.qos());
    let properties: Vec<_> = received.properties().user_iter().collect();
    println!("{}: {text}, QoS {qos}, {properties:?}", received.topic());
}

/// Connects again after the connection was lost.
async fn with_futures(uri: &str, has_properties: bool, files: &[String]) -> Result<()> {
    let mut client = AsyncClient::new(create_options(uri, "futures", has_properties))?;
    let messages = client.get_stream(10);
    for round in ["before", "after"] {
        client.connect(connect_options(has_properties, files)?).await?;
        client.subscribe(TOPIC, 2).await?;
        for qos in 0..=2 {
            client.publish(message(round, qos, has_properties)).await?;
            let received = messages.recv().await.expect("the stream goes on").expect("a connection");
            print(&received);
        }
        if round == "before" {
            println!("restart the broker");
            let lost = messages.recv().await.expect("the stream goes on");
            assert!(lost.is_none(), "the end of the connection is in the stream");
            stdin().read_line(&mut String::new()).expect("a line, when the broker is there again");
        }
    }
    client.unsubscribe(TOPIC).await?;
    client.disconnect(None).await?;
    assert!(!client.is_connected());
    Ok(())
}

fn with_calls(uri: &str, has_properties: bool, files: &[String]) -> Result<()> {
    let mut client = Client::new(create_options(uri, "calls", has_properties))?;
    client.set_timeout(PATIENCE);
    let messages = client.start_consuming();
    let response = client.connect(connect_options(has_properties, files)?)?;
    println!("version {}", response.connect_response().expect("what the server agreed to").mqtt_version);
    client.subscribe(TOPIC, 1)?;
    let text = "x".repeat(100_000);
    client.publish(message(&text, 2, has_properties))?;
    let received = messages.recv_timeout(PATIENCE).expect("in time").expect("a connection");
    assert_eq!((received.qos(), &*received.payload_str()), (QoS::AtLeastOnce, &*text));
    client.disconnect(None)?;
    let refused = client.publish(message("late", 1, has_properties)).expect_err("there is no connection");
    println!("refused: {refused}");
    Ok(())
}
