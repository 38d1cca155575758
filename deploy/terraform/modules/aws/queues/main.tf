# Events go out by one queue; commands come in by another, are answered by a third, and end in the dead letters when they are
# none or fail again and again. FIFO: in order within an attempt, which is the group (platform/brokers/sqs-*.ts).
locals {
  # How long a consumer may be away.
  retention_seconds = 14 * 24 * 60 * 60
}

resource "aws_sqs_queue" "events" {
  name                      = "${var.name}-events.fifo"
  fifo_queue                = true
  deduplication_scope       = "messageGroup"
  fifo_throughput_limit     = "perMessageGroupId"
  message_retention_seconds = local.retention_seconds
  kms_master_key_id         = var.key_arn

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.events_dead.arn
    maxReceiveCount     = 10
  })
}

resource "aws_sqs_queue" "events_dead" {
  name                      = "${var.name}-events-dead.fifo"
  fifo_queue                = true
  message_retention_seconds = local.retention_seconds
  kms_master_key_id         = var.key_arn
}

resource "aws_sqs_queue" "commands" {
  name                  = "${var.name}-commands.fifo"
  fifo_queue            = true
  deduplication_scope   = "messageGroup"
  fifo_throughput_limit = "perMessageGroupId"
  # The intake asks for its own and renews it.
  visibility_timeout_seconds = 30
  receive_wait_time_seconds  = 20
  message_retention_seconds  = local.retention_seconds
  kms_master_key_id          = var.key_arn

  # A command comes again later and later, up to 5 minutes: about half an hour of a database that is away, with room.
  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.commands_dead.arn
    maxReceiveCount     = 20
  })
}

resource "aws_sqs_queue" "commands_dead" {
  name                      = "${var.name}-commands-dead.fifo"
  fifo_queue                = true
  message_retention_seconds = local.retention_seconds
  kms_master_key_id         = var.key_arn
}

resource "aws_sqs_queue" "replies" {
  name                      = "${var.name}-replies.fifo"
  fifo_queue                = true
  deduplication_scope       = "messageGroup"
  fifo_throughput_limit     = "perMessageGroupId"
  message_retention_seconds = local.retention_seconds
  kms_master_key_id         = var.key_arn
}

# No other queue may pour its dead letters in here.
resource "aws_sqs_queue_redrive_allow_policy" "dead" {
  for_each = {
    events   = { dead = aws_sqs_queue.events_dead.id, source = aws_sqs_queue.events.arn }
    commands = { dead = aws_sqs_queue.commands_dead.id, source = aws_sqs_queue.commands.arn }
  }

  queue_url = each.value.dead

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [each.value.source]
  })
}

# Who of other accounts may do what. Our own pools have their roles (../identity).
data "aws_iam_policy_document" "this" {
  for_each = {
    events   = { arn = aws_sqs_queue.events.arn, principals = var.consumer_arns, actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"] }
    commands = { arn = aws_sqs_queue.commands.arn, principals = var.sender_arns, actions = ["sqs:SendMessage", "sqs:GetQueueAttributes"] }
    replies  = { arn = aws_sqs_queue.replies.arn, principals = var.sender_arns, actions = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes"] }
  }

  statement {
    sid       = "TlsOnly"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value.arn]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = length(each.value.principals) > 0 ? [each.value] : []

    content {
      sid       = "Others"
      actions   = statement.value.actions
      resources = [statement.value.arn]

      principals {
        type        = "AWS"
        identifiers = statement.value.principals
      }
    }
  }
}

resource "aws_sqs_queue_policy" "this" {
  for_each = {
    events   = aws_sqs_queue.events.id
    commands = aws_sqs_queue.commands.id
    replies  = aws_sqs_queue.replies.id
  }

  queue_url = each.value
  policy    = data.aws_iam_policy_document.this[each.key].json
}
