;; It logs half of a surrogate pair, in UTF-16.
;; ends: trap
;; strings: utf16
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(data (i32.const 61000) "\00\d8")
(func $handle (param $in i32) (result i32)
  (call $log (i32.const 2) (i32.const 61000) (i32.const 1))
  (global.get $zeros))
