{{/*
The pools of this release as a list of { name, component, buildId, digest, settings }, one entry a Deployment. The one place
where pools meet builds: only the workflow pool runs the retiring builds, too, because attempts are pinned to a build and activities
are not (their inputs stay compatible, so the newest build does them for all).
*/}}
{{- define "certifiable.workers" -}}
{{- $root := . -}}
{{- $workers := list -}}
{{- range $pool, $own := .Values.pools -}}
  {{- $settings := mergeOverwrite (deepCopy $root.Values.poolDefaults) $own -}}
  {{- $pinned := eq $settings.queueType "workflow" -}}
  {{- $builds := list (dict "buildId" $root.Values.buildId "digest" $root.Values.image.digest) -}}
  {{- if $pinned }}{{ $builds = concat $builds $root.Values.retiringBuilds }}{{ end -}}
  {{- range $build := $builds -}}
    {{- $name := ternary (printf "%s-%s" $pool $build.buildId) $pool $pinned -}}
    {{- $workers = append $workers (dict "name" $name "component" $pool "buildId" $build.buildId "digest" $build.digest "settings" $settings) -}}
  {{- end -}}
{{- end -}}
{{- toJson $workers -}}
{{- end }}

{{/* Whether the Worker Controller, rather than a Deployment of ours, runs this worker. */}}
{{- define "certifiable.isControlled" -}}
{{- if and .root.Values.workerController.enabled (ne .worker.settings.queueType "none") }}true{{ end -}}
{{- end }}

{{/* Whether KEDA sets this worker's replicas: each with a queue, and one that scales by age if there is a Prometheus to ask. */}}
{{- define "certifiable.isScaled" -}}
{{- $byQueue := ne .worker.settings.queueType "none" -}}
{{- $byAge := and (hasKey .worker.settings.scaling "targetAgeSeconds") .root.Values.monitoring.prometheusAddress -}}
{{- if and .root.Values.autoscaling.enabled (or $byQueue $byAge) }}true{{ end -}}
{{- end }}

{{/* Mistakes that a schema cannot see. */}}
{{- define "certifiable.validate" -}}
{{- $builds := list .Values.buildId -}}
{{- range .Values.retiringBuilds -}}
  {{- if has .buildId $builds }}{{ fail (printf "retiringBuilds: build %s is there twice, or is the current one" .buildId) }}{{ end -}}
  {{- $builds = append $builds .buildId -}}
{{- end -}}
{{- range $name, $pool := .Values.pools -}}
  {{- $scaling := (mergeOverwrite (deepCopy $.Values.poolDefaults) $pool).scaling -}}
  {{- if lt (int $scaling.max) (int $scaling.min) }}{{ fail (printf "pools.%s.scaling: max is below min" $name) }}{{ end -}}
{{- end -}}
{{- if lt (int .Values.api.scaling.max) (int .Values.api.scaling.min) }}{{ fail "api.scaling: max is below min" }}{{ end -}}
{{- end }}
