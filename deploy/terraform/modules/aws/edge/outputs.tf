output "certificate_arn" {
  value = aws_acm_certificate.this.arn
}

output "certificate_validation" {
  description = "Records for whoever keeps the zone; the certificate waits for them."
  value       = [for option in aws_acm_certificate.this.domain_validation_options : { name = option.resource_record_name, type = option.resource_record_type, value = option.resource_record_value }]
}

output "web_acl_arn" {
  value = aws_wafv2_web_acl.this.arn
}
