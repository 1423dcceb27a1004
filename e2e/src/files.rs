//! A server of files and nothing else, as any web host has.

use std::path::Path;

use anyhow::Result;
use axum::Router;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tower_http::services::ServeDir;

/// Serves a folder. It is gone when this is dropped, or stopped.
#[derive(Debug)]
pub struct FileServer {
    address: String,
    task: JoinHandle<()>,
}

impl FileServer {
    /// Serves this folder under a path, such as `/` or `/music/`.
    ///
    /// # Errors
    /// There is no free port.
    pub async fn start(folder: &Path, path: &str) -> Result<Self> {
        let files = ServeDir::new(folder);
        let router = match path {
            "/" => Router::new().fallback_service(files),
            path => Router::new().nest_service(path, files),
        };
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = format!("http://{}{}", listener.local_addr()?, path.trim_end_matches('/'));
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, task })
    }

    /// Where the folder is: an address without a slash at its end.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}
