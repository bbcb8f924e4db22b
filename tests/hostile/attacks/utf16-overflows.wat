;; It logs so many units of UTF-16 that their bytes do not fit a number.
;; ends: trap
;; strings: utf16
(import "tellify:plugin/log@{version}" "log" (func $log (param i32 i32 i32)))
(func $handle (param $in i32) (result i32)
  (call $log (i32.const 2) (i32.const 61000) (i32.const 0x80000008))
  (global.get $zeros))
