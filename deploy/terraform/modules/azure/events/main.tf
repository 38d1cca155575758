# CloudEvents go out by this topic; whoever wants them subscribes to it.
resource "azurerm_eventgrid_topic" "this" {
  name                          = "${var.name}-events"
  resource_group_name           = var.resource_group.name
  location                      = var.resource_group.location
  input_schema                  = "CloudEventSchemaV1_0"
  local_auth_enabled            = false
  public_network_access_enabled = false

  identity {
    type = "SystemAssigned"
  }
}

resource "azurerm_role_assignment" "sender" {
  scope                = azurerm_eventgrid_topic.this.id
  role_definition_name = "EventGrid Data Sender"
  principal_id         = var.sender_principal_id
  principal_type       = "ServicePrincipal"
}

resource "azurerm_private_endpoint" "this" {
  name                = "${var.name}-events"
  resource_group_name = var.resource_group.name
  location            = var.resource_group.location
  subnet_id           = var.endpoint_subnet_id

  private_service_connection {
    name                           = "events"
    private_connection_resource_id = azurerm_eventgrid_topic.this.id
    subresource_names              = ["topic"]
    is_manual_connection           = false
  }

  private_dns_zone_group {
    name                 = "events"
    private_dns_zone_ids = [var.dns_zone_id]
  }
}
