;; It logs UTF-16 from an odd place.
;; ends: trap
;; strings: utf16
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (call $log (i32.const 2) (i32.const 61001) (i32.const 4))
  (global.get $zeros))
