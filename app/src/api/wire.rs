//! How calls cross the wire: JSON in the body of a POST, both ways.
//!
//! leptos's own JSON reads answers from bytes, while what the server embeds in a page is read from text: every noun
//! would be in the WASM with two readers. Here both are text. And what a browser does to send a call and to receive its
//! answer would be in it once for each server function: here it is once for all of them, between text and text, and what
//! is in a text is read with little code (see `reader`).

use super::{ApiError, reader};
use leptos::server_fn::client::Client;
use leptos::server_fn::codec::{Encoding, Post};
use leptos::server_fn::error::{FromServerFnError, ServerFnErrorErr};
use leptos::server_fn::request::ClientReq;
use leptos::server_fn::response::ClientRes;
use leptos::server_fn::server::Server;
use leptos::server_fn::{Bytes, ContentType, Decodes, Encodes, Format, FormatType, Http, Protocol};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::pin::Pin;

/// What every server function of ours speaks.
#[derive(Debug)]
pub struct Wire;

/// The same as leptos has it: what the server does.
type Typed = Http<Post<Json>, Post<Json>>;

impl<Input, Output, C, S> Protocol<Input, Output, C, S, ApiError> for Wire
where
    Input: Serialize + Send,
    Output: DeserializeOwned,
    C: Client<ApiError>,
    S: Server<ApiError>,
    Typed: Protocol<Input, Output, C, S, ApiError>,
{
    const METHOD: http::Method = <Typed as Protocol<Input, Output, C, S, ApiError>>::METHOD;

    fn run_server<F, Fut>(
        request: S::Request,
        server_fn: F,
    ) -> impl Future<Output = Result<S::Response, ApiError>> + Send
    where
        F: Fn(Input) -> Fut + Send,
        Fut: Future<Output = Result<Output, ApiError>> + Send,
    {
        <Typed as Protocol<Input, Output, C, S, ApiError>>::run_server(request, server_fn)
    }

    fn run_client(path: &str, input: Input) -> impl Future<Output = Result<Output, ApiError>> + Send {
        let answer = post::<C>(path.to_owned(), serde_json::to_string(&input));
        async move {
            let answer = answer.await?;
            reader::read(&answer)
                .map_err(|error| failed(ServerFnErrorErr::Deserialization(error.to_string())))
        }
    }
}

/// Sends a call and receives its answer, whatever they say.
fn post<C: Client<ApiError>>(
    path: String,
    call: serde_json::Result<String>,
) -> Pin<Box<dyn Future<Output = Result<String, ApiError>> + Send>> {
    Box::pin(async move {
        let call = call.map_err(|error| failed(ServerFnErrorErr::Serialization(error.to_string())))?;
        let request = C::Request::try_new_req_text(
            &path,
            Json::CONTENT_TYPE,
            Json::CONTENT_TYPE,
            call,
            <Post<Json> as Encoding>::METHOD,
        )?;
        let response = C::send(request).await?;
        if (400..=599).contains(&response.status()) {
            return Err(ApiError::de(response.try_into_bytes().await?));
        }
        response.try_into_string().await
    })
}

fn failed(error: ServerFnErrorErr) -> ApiError {
    ApiError::from_server_fn_error(error)
}

/// JSON that is read as text.
#[derive(Debug)]
pub struct Json;

impl ContentType for Json {
    const CONTENT_TYPE: &'static str = "application/json";
}

impl FormatType for Json {
    const FORMAT_TYPE: Format = Format::Text;
}

impl<T: Serialize> Encodes<T> for Json {
    type Error = serde_json::Error;

    fn encode(value: &T) -> Result<Bytes, Self::Error> {
        serde_json::to_vec(value).map(Bytes::from)
    }
}

impl<T: DeserializeOwned> Decodes<T> for Json {
    type Error = reader::Unreadable;

    fn decode(bytes: Bytes) -> Result<T, Self::Error> {
        reader::read(std::str::from_utf8(&bytes).map_err(|_| reader::Unreadable)?)
    }
}
