# Front Door (Premium, for Private Link) → the Private Link Service that AKS makes for the chart's internal load balancer → API.
# Nothing of the cluster has a public address for requests.
resource "azurerm_cdn_frontdoor_profile" "this" {
  name                = var.name
  resource_group_name = var.resource_group.name
  sku_name            = "Premium_AzureFrontDoor"
  # An upload's part over a slow line.
  response_timeout_seconds = 240

  # Its access log never shows a query or an address: they may say who asks for whom.
  log_scrubbing_rule {
    match_variable = "QueryStringArgNames"
  }

  log_scrubbing_rule {
    match_variable = "RequestIPAddress"
  }
}

resource "azurerm_cdn_frontdoor_endpoint" "this" {
  name                     = var.name
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.this.id
}

resource "azurerm_cdn_frontdoor_origin_group" "this" {
  name                     = "api"
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.this.id
  session_affinity_enabled = false

  load_balancing {
    sample_size                 = 4
    successful_samples_required = 2
  }

  health_probe {
    path                = "/readyz"
    protocol            = "Http"
    request_type        = "GET"
    interval_in_seconds = 30
  }
}

# A connection to it waits for approval (deploy/terraform/README.md), once.
resource "azurerm_cdn_frontdoor_origin" "this" {
  name                           = "api"
  cdn_frontdoor_origin_group_id  = azurerm_cdn_frontdoor_origin_group.this.id
  enabled                        = true
  host_name                      = var.host
  origin_host_header             = var.host
  http_port                      = 80
  https_port                     = 443
  certificate_name_check_enabled = true

  private_link {
    location               = var.resource_group.location
    private_link_target_id = var.private_link_service_id
    request_message        = "Front Door of ${var.name}"
  }
}

resource "azurerm_cdn_frontdoor_custom_domain" "this" {
  name                     = "exams"
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.this.id
  host_name                = var.host

  tls {
    certificate_type = "ManagedCertificate"
  }
}

# TLS ends here; from here to the pods the way is Microsoft's own network and the private link.
resource "azurerm_cdn_frontdoor_route" "this" {
  name                            = "all"
  cdn_frontdoor_endpoint_id       = azurerm_cdn_frontdoor_endpoint.this.id
  cdn_frontdoor_origin_group_id   = azurerm_cdn_frontdoor_origin_group.this.id
  cdn_frontdoor_origin_ids        = [azurerm_cdn_frontdoor_origin.this.id]
  cdn_frontdoor_custom_domain_ids = [azurerm_cdn_frontdoor_custom_domain.this.id]
  patterns_to_match               = ["/*"]
  supported_protocols             = ["Http", "Https"]
  https_redirect_enabled          = true
  forwarding_protocol             = "HttpOnly"
  link_to_default_domain          = false
}

resource "azurerm_cdn_frontdoor_custom_domain_association" "this" {
  cdn_frontdoor_custom_domain_id = azurerm_cdn_frontdoor_custom_domain.this.id
  cdn_frontdoor_route_ids        = [azurerm_cdn_frontdoor_route.this.id]
}

# Bodies are answers and solutions, which look like anything: they are not inspected. A whole school behind one address is one
# address; the application limits each actor by itself.
resource "azurerm_cdn_frontdoor_firewall_policy" "this" {
  name                       = replace(var.name, "-", "")
  resource_group_name        = var.resource_group.name
  sku_name                   = "Premium_AzureFrontDoor"
  mode                       = "Prevention"
  enabled                    = true
  request_body_check_enabled = false

  custom_rule {
    name                           = "rate"
    type                           = "RateLimitRule"
    action                         = "Block"
    enabled                        = true
    priority                       = 1
    rate_limit_duration_in_minutes = 1
    rate_limit_threshold           = var.requests_per_minute

    match_condition {
      match_variable     = "RemoteAddr"
      operator           = "IPMatch"
      match_values       = ["0.0.0.0/0", "::/0"]
      negation_condition = false
    }
  }

  managed_rule {
    type    = "Microsoft_DefaultRuleSet"
    version = "2.1"
    action  = "Block"
  }

  managed_rule {
    type    = "Microsoft_BotManagerRuleSet"
    version = "1.1"
    action  = "Block"
  }

  log_scrubbing {
    enabled = true

    scrubbing_rule {
      match_variable = "RequestHeaderNames"
      operator       = "Equals"
      selector       = "Authorization"
    }

    scrubbing_rule {
      match_variable = "QueryStringArgNames"
      operator       = "EqualsAny"
    }
  }
}

resource "azurerm_cdn_frontdoor_security_policy" "this" {
  name                     = "firewall"
  cdn_frontdoor_profile_id = azurerm_cdn_frontdoor_profile.this.id

  security_policies {
    firewall {
      cdn_frontdoor_firewall_policy_id = azurerm_cdn_frontdoor_firewall_policy.this.id

      association {
        patterns_to_match = ["/*"]

        domain {
          cdn_frontdoor_domain_id = azurerm_cdn_frontdoor_custom_domain.this.id
        }
      }
    }
  }
}

resource "azurerm_monitor_diagnostic_setting" "this" {
  name                       = "access"
  target_resource_id         = azurerm_cdn_frontdoor_profile.this.id
  log_analytics_workspace_id = var.log_workspace_id

  dynamic "enabled_log" {
    for_each = toset(["FrontDoorAccessLog", "FrontDoorHealthProbeLog", "FrontDoorWebApplicationFirewallLog"])

    content {
      category = enabled_log.value
    }
  }
}
