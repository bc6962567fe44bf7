//! The one list of routes: address, what it needs, who answers.

use axum::middleware::{Next, from_fn};
use axum::routing::{MethodRouter, get, post};

use crate::app::Shared;
use crate::auth::{self, Permission};
use crate::{account, api, opac, staff, watch};

/// What a route needs of the one who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: anybody may come.
    Nothing,
    /// A sign-in and this permission.
    May(Permission),
}

/// Адрес: one method of one path.
pub struct Route {
    /// The method.
    pub method: &'static str,
    /// The path, with its parts in braces.
    pub path: &'static str,
    /// What it needs.
    pub need: Need,
    handler: MethodRouter<Shared>,
}

impl Route {
    /// The handler behind its guard.
    pub(crate) fn guarded(self) -> MethodRouter<Shared> {
        match self.need {
            Need::Nothing => self.handler,
            Need::May(what) => self
                .handler
                .route_layer(from_fn(move |request, next: Next| {
                    auth::guard(what, request, next)
                })),
        }
    }
}

macro_rules! routes {
    ($($method:ident $path:literal $need:ident $handler:path)*) => {
        /// Every address of the server.
        #[must_use]
        pub fn routes() -> Vec<Route> {
            use Permission::*;
            #[expect(non_upper_case_globals, reason = "stands in the table beside the permissions")]
            const Anybody: Option<Permission> = None;
            trait Needs { fn need(self) -> Need; }
            impl Needs for Permission { fn need(self) -> Need { Need::May(self) } }
            impl Needs for Option<Permission> {
                fn need(self) -> Need { self.map_or(Need::Nothing, Need::May) }
            }
            vec![$(Route {
                method: method_name(stringify!($method)),
                path: $path,
                need: $need.need(),
                handler: $method($handler),
            },)*]
        }
    };
}

fn method_name(function: &'static str) -> &'static str {
    if function == "get" { "GET" } else { "POST" }
}

routes! {
    get  "/health"                  Anybody       watch::health
    get  "/metrics"                 Anybody       watch::metrics
    get  "/assets/{*name}"          Anybody       watch::asset
    get  "/api/openapi.json"        Anybody       api::openapi
    get  "/login"                   Anybody       account::form
    post "/login"                   Anybody       account::sign_in
    post "/logout"                  Anybody       account::sign_out
    post "/settings"                Anybody       account::settings
    get  "/"                        Anybody       opac::start
    get  "/search"                  Anybody       opac::search::page
    get  "/records/{id}"            Anybody       opac::record::page
    get  "/staff"                   SeeStaff      staff::home::page
    get  "/staff/parts"             SeeStaff      staff::home::parts
    get  "/staff/ksu"               SeeBooks      staff::books::ksu
    get  "/staff/inventory"         SeeBooks      staff::inventory::inventory
    get  "/staff/acts"              SeeBooks      staff::acts::list
    get  "/staff/acts/{id}"         SeeBooks      staff::acts::page
    get  "/staff/records/{id}"      SeeStaff      staff::records::page
    get  "/staff/deliveries/new"    KeepFund      staff::delivery::form
    post "/staff/deliveries/new"    KeepFund      staff::delivery::act
    get  "/staff/import"            EditRecords   staff::records::import_form
    post "/staff/import"            EditRecords   staff::records::import
    get  "/staff/libraries"         ManageLibraries staff::admin::libraries
    post "/staff/libraries"         ManageLibraries staff::admin::add_library
    get  "/staff/users"             ManageUsers   staff::admin::users
    post "/staff/users"             ManageUsers   staff::admin::change_user
    get  "/staff/verify"            Verify        staff::admin::verify_form
    post "/staff/verify"            Verify        staff::admin::verify
    get  "/api/v1/search"           Anybody       api::search::search
    get  "/api/v1/suggest"          Anybody       api::search::suggest
}
