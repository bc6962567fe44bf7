//! The one list of routes: address, what it needs, who answers.

use std::sync::Arc;

use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::routing::{MethodRouter, get, post, put};

use crate::app::Shared;
use crate::auth::{self, Permission};
use crate::{account, api, opac, repeat, staff, watch};

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
    pub(crate) fn guarded(self, app: &Shared) -> MethodRouter<Shared> {
        let writes = self.method != "GET" && self.path.starts_with("/api/v1/");
        let handler = if writes {
            let once = from_fn_with_state(Arc::clone(app), repeat::once);
            self.handler.route_layer(once)
        } else {
            self.handler
        };
        match self.need {
            Need::Nothing => handler,
            Need::May(what) => handler.route_layer(from_fn(move |request, next: Next| {
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
    match function {
        "get" => "GET",
        "put" => "PUT",
        _ => "POST",
    }
}

routes! {
    get  "/health"                  Anybody       watch::health
    get  "/metrics"                 Anybody       watch::metrics
    get  "/assets/{*name}"          Anybody       watch::asset
    get  "/api/openapi.json"        Anybody       api::openapi
    get  "/login"                   Anybody       account::form
    post "/login"                   Anybody       account::sign_in
    post "/logout"                  Anybody       account::sign_out
    get  "/account"                 Anybody       account::own::page
    post "/account"                 Anybody       account::own::change
    post "/settings"                Anybody       account::settings
    get  "/"                        Anybody       opac::start
    get  "/search"                  Anybody       opac::search::page
    get  "/records/{id}"            Anybody       opac::record::page
    get  "/staff"                   SeeStaff      staff::home::page
    get  "/staff/parts"             SeeStaff      staff::home::parts
    get  "/staff/ksu"               SeeBooks      staff::books::ksu
    get  "/staff/inventory"         SeeBooks      staff::inventory::inventory
    post "/staff/inventory"         KeepFund      staff::inventory::step
    get  "/staff/acts"              SeeBooks      staff::acts::list
    get  "/staff/acts/{id}"         SeeBooks      staff::acts::page
    get  "/staff/acts/{id}/reversal" KeepFund     staff::reversal::form
    post "/staff/acts/{id}/reversal" KeepFund     staff::reversal::act
    get  "/staff/records/new"       EditRecords   staff::describe::new_form
    post "/staff/records/new"       EditRecords   staff::describe::add
    get  "/staff/records/{id}"      SeeStaff      staff::records::page
    get  "/staff/records/{id}/edit" EditRecords   staff::describe::edit_form
    post "/staff/records/{id}/edit" EditRecords   staff::describe::edit
    get  "/staff/deliveries/new"    KeepFund      staff::delivery::form
    post "/staff/deliveries/new"    KeepFund      staff::delivery::act
    get  "/staff/withdrawals/new"   KeepFund      staff::withdrawal::form
    post "/staff/withdrawals/new"   KeepFund      staff::withdrawal::act
    get  "/staff/checks"            SeeBooks      staff::checks::list
    post "/staff/checks"            KeepFund      staff::checks::start
    get  "/staff/checks/{id}"       SeeBooks      staff::checks::page
    post "/staff/checks/{id}"       KeepFund      staff::checks::act
    post "/staff/checks/{id}/numbers" KeepFund    staff::checks::numbers
    get  "/staff/periods"           SeeBooks      staff::periods::page
    post "/staff/periods"           ClosePeriod   staff::periods::act
    get  "/staff/import"            EditRecords   staff::import::form
    post "/staff/import"            EditRecords   staff::import::start
    get  "/staff/import/{id}"       EditRecords   staff::import::job
    get  "/staff/import/{id}/quarantine" EditRecords staff::import::quarantine
    get  "/staff/libraries"         ManageLibraries staff::admin::libraries
    post "/staff/libraries"         ManageLibraries staff::admin::add_library
    get  "/staff/users"             ManageUsers   staff::people::page
    post "/staff/users"             ManageUsers   staff::people::change
    get  "/staff/verify"            Verify        staff::admin::verify_form
    post "/staff/verify"            Verify        staff::admin::verify
    get  "/staff/status"            SeeStatus     staff::status::page
    get  "/api/v1/search"           Anybody       api::search::search
    get  "/api/v1/suggest"          Anybody       api::search::suggest
    get  "/api/v1/me"               Anybody       api::users::me
    get  "/api/v1/records"          SeeStaff      api::records::list
    post "/api/v1/records"          EditRecords   api::edit::make
    get  "/api/v1/records/{id}"     Anybody       api::records::one
    put  "/api/v1/records/{id}"     EditRecords   api::edit::change
    get  "/api/v1/records/{id}/holdings" Anybody  api::records::held
    get  "/api/v1/records/{id}/history" SeeStaff  api::past::history
    get  "/api/v1/records/{id}/source" SeeStaff   api::past::source
    get  "/api/v1/records/{id}/source/bytes" SeeStaff api::past::bytes
    post "/api/v1/import"           EditRecords   api::edit::import
    get  "/api/v1/acts"             SeeBooks      api::acts::list
    get  "/api/v1/acts/{id}"        SeeBooks      api::acts::one
    get  "/api/v1/books"            SeeBooks      api::books::books
    get  "/api/v1/inventory"        SeeBooks      api::books::inventory
    get  "/api/v1/stock-checks"     SeeBooks      api::books::checks
    get  "/api/v1/periods"          SeeBooks      api::books::periods
    post "/api/v1/deliveries"       KeepFund      api::fund::delivery
    post "/api/v1/withdrawals"      KeepFund      api::fund::withdrawal
    post "/api/v1/reversals"        KeepFund      api::fund::reversal
    post "/api/v1/revaluations"     KeepFund      api::fund::revaluation
    post "/api/v1/reclassifications" KeepFund     api::fund::reclassification
    post "/api/v1/internal-moves"   KeepFund      api::fund::internal_move
    post "/api/v1/voids"            KeepFund      api::fund::void
    post "/api/v1/movements"        KeepFund      api::fund::movement
    post "/api/v1/stock-checks"     KeepFund      api::fund::start_check
    post "/api/v1/stock-checks/close" KeepFund    api::fund::close_check
    post "/api/v1/periods/close"    ClosePeriod   api::fund::close_period
    post "/api/v1/periods/reopen"   ClosePeriod   api::fund::reopen_period
    post "/api/v1/reports"          ClosePeriod   api::fund::submit_report
    post "/api/v1/post"             ClosePeriod   api::fund::file
    get  "/api/v1/libraries"        SeeStaff      api::libraries::list
    post "/api/v1/libraries"        ManageLibraries api::libraries::add
    put  "/api/v1/libraries/{code}" ManageLibraries api::libraries::change
    get  "/api/v1/users"            ManageUsers   api::users::list
    post "/api/v1/users"            ManageUsers   api::users::add
    put  "/api/v1/users/{name}"     ManageUsers   api::users::change
    post "/api/v1/users/{name}/disable" ManageUsers api::users::disable
    post "/api/v1/users/{name}/erase" ManageUsers api::users::erase
    post "/api/v1/users/{name}/password" ManageUsers api::users::password
    post "/api/v1/users/{name}/token" ManageUsers api::users::token
    post "/api/v1/verify"           Verify        api::whole::verify
    get  "/api/v1/status"           SeeStatus     api::whole::status
}
