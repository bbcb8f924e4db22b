;; It logs without end.
;; ends: limit
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (loop $again (call $log (i32.const 2) (i32.const 128) (i32.const 1)) (br $again))
  (unreachable))
