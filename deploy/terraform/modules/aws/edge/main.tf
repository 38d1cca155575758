# What the AWS Load Balancer Controller is told to put before the API (edge.alb of the chart).
resource "aws_acm_certificate" "this" {
  domain_name       = var.host
  validation_method = "DNS"
  key_algorithm     = "EC_prime256v1"

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_wafv2_web_acl" "this" {
  #checkov:skip=CKV_AWS_192:AWSManagedRulesKnownBadInputsRuleSet is among the rules, in a dynamic block that checkov does not expand

  name  = var.name
  scope = "REGIONAL"

  default_action {
    allow {}
  }

  # A whole school behind one address is one address: the application limits each actor by itself (RATE_LIMIT_PER_MINUTE).
  rule {
    name     = "rate"
    priority = 0

    action {
      block {}
    }

    statement {
      rate_based_statement {
        aggregate_key_type    = "IP"
        evaluation_window_sec = 60
        limit                 = var.requests_per_minute
      }
    }

    visibility_config {
      cloudwatch_metrics_enabled = true
      metric_name                = "rate"
      sampled_requests_enabled   = false
    }
  }

  # Bodies are answers and solutions, which may well quote an attack, and are far larger than WAF reads: rules about bodies only count.
  dynamic "rule" {
    for_each = {
      AWSManagedRulesAmazonIpReputationList = { priority = 1, counted = [] }
      AWSManagedRulesKnownBadInputsRuleSet  = { priority = 2, counted = ["Log4JRCE_BODY", "JavaDeserializationRCE_BODY"] }
      AWSManagedRulesCommonRuleSet = {
        priority = 3
        counted  = ["SizeRestrictions_BODY", "CrossSiteScripting_BODY", "GenericLFI_BODY", "GenericRFI_BODY", "EC2MetaDataSSRF_BODY"]
      }
    }

    content {
      name     = rule.key
      priority = rule.value.priority

      override_action {
        none {}
      }

      statement {
        managed_rule_group_statement {
          name        = rule.key
          vendor_name = "AWS"

          dynamic "rule_action_override" {
            for_each = rule.value.counted

            content {
              name = rule_action_override.value

              action_to_use {
                count {}
              }
            }
          }
        }
      }

      visibility_config {
        cloudwatch_metrics_enabled = true
        metric_name                = rule.key
        sampled_requests_enabled   = false
      }
    }
  }

  visibility_config {
    cloudwatch_metrics_enabled = true
    metric_name                = var.name
    sampled_requests_enabled   = false
  }
}

# WAF wants this prefix.
resource "aws_cloudwatch_log_group" "waf" {
  name              = "aws-waf-logs-${var.name}"
  retention_in_days = 365
  kms_key_id        = var.key_arn
}

resource "aws_wafv2_web_acl_logging_configuration" "this" {
  resource_arn            = aws_wafv2_web_acl.this.arn
  log_destination_configs = [aws_cloudwatch_log_group.waf.arn]

  redacted_fields {
    single_header {
      name = "authorization"
    }
  }

  redacted_fields {
    query_string {}
  }
}
