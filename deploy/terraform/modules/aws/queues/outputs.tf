output "urls" {
  value = {
    events        = aws_sqs_queue.events.url
    commands      = aws_sqs_queue.commands.url
    replies       = aws_sqs_queue.replies.url
    commands_dead = aws_sqs_queue.commands_dead.url
  }
}

output "arns" {
  value = {
    events        = aws_sqs_queue.events.arn
    commands      = aws_sqs_queue.commands.arn
    replies       = aws_sqs_queue.replies.arn
    commands_dead = aws_sqs_queue.commands_dead.arn
  }
}
