//! Why a route (not a server function) gives no answer: a status and one sentence.

use crate::services::ServiceError;
use app::api::ApiError;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

/// A refusal in plain text.
#[derive(Debug)]
pub enum Refusal {
    /// No such thing, or not for this person.
    NotFound,
    /// Nobody is signed in.
    SignedOut,
    /// The request comes from another site, or does not say where it comes from.
    ForeignOrigin,
    /// What `ApiError` says.
    Api(ApiError),
}

impl From<ApiError> for Refusal {
    fn from(error: ApiError) -> Self {
        match error {
            ApiError::NotFound => Self::NotFound,
            ApiError::SignedOut => Self::SignedOut,
            other => Self::Api(other),
        }
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        Self::Api(crate::services::internal(error))
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let (status, sentence) = match self {
            Self::NotFound => (StatusCode::NOT_FOUND, ApiError::NotFound.to_string()),
            Self::SignedOut => (StatusCode::UNAUTHORIZED, ApiError::SignedOut.to_string()),
            Self::ForeignOrigin => (
                StatusCode::FORBIDDEN,
                "This request does not come from this site. Behind a proxy, start the server with --public-url."
                    .to_owned(),
            ),
            Self::Api(error) => {
                let status = match error {
                    ApiError::Forbidden => StatusCode::FORBIDDEN,
                    ApiError::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
                    ApiError::Conflict(_) | ApiError::Busy => StatusCode::CONFLICT,
                    _ => StatusCode::INTERNAL_SERVER_ERROR,
                };
                (status, error.to_string())
            }
        };
        (status, format!("{sentence}\n")).into_response()
    }
}
