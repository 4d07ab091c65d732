{{/* A rollout that pods would not hear of, or that the aggregation worker would refuse. */}}
{{- define "perf-metrics.validate.rollout" -}}
{{- if and .Values.rollout.enabled (eq .Values.targets.namespace "*") }}
rollout.enabled needs one namespace, since pods mount its ConfigMap from their own: set targets.namespace to that of the pods, or leave it empty for the release's
{{- end }}
{{- $steps := .Values.rollout.spec.steps }}
{{- range $i, $step := $steps }}
{{- $before := 0.0 }}{{ if $i }}{{ $before = (index $steps (sub $i 1 | int)).samplingRate | float64 }}{{ end }}
{{- if le (float64 $step.samplingRate) $before }}
rollout.spec.steps[{{ $i }}].samplingRate is {{ $step.samplingRate }}, but rates rise from step to step: set it to more than {{ $before }}
{{- end }}
{{- end }}
{{- end }}
